package io.coxswain.nccl4j;

import static io.coxswain.nccl4j.GpuRanks.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.standin.RequiresStandIn;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class GroupTest {
    private static final Reduction SUM = ReduceOp.SUM.of(DataType.FLOAT32);

    @Test
    void shouldLaunchAllOperationsTogether() throws Exception {
        List<float[]> results = GpuRanks.run(2, seat -> {
            Communicator communicator = seat.join();
            StreamOperations operations = communicator.on(seat.gpu().stream());
            FloatPointer own = seat.gpu().floats(seat.rank() + 1);
            FloatPointer other = seat.gpu().empty(1);
            int peer = 1 - seat.rank();
            // Each sends before it receives: apart, both would wait for the other.
            Group.run(() -> {
                operations.send(own, 1, DataType.FLOAT32, peer);
                Group.run(() -> operations.receive(other, 1, DataType.FLOAT32, peer));
            });
            communicator.awaitReady(LONG);
            float[] result = seat.gpu().read(other, 1);
            GpuRanks.leave(communicator);
            return result;
        });

        assertThat(results.get(0)).containsExactly(2);
        assertThat(results.get(1)).containsExactly(1);
    }

    @Test
    void shouldEndAlsoAfterAnException() throws Exception {
        List<float[]> results = GpuRanks.run(2, seat -> {
            Communicator communicator = seat.join();
            assertThatThrownBy(() -> Group.run(() -> {
                        throw new IllegalStateException("of the caller's own");
                    }))
                    .hasMessage("of the caller's own");

            FloatPointer values = seat.gpu().floats(seat.rank() + 1);
            communicator.on(seat.gpu().stream()).allReduce(values, values, 1, SUM);
            communicator.awaitReady(LONG);
            float[] result = seat.gpu().read(values, 1);
            GpuRanks.leave(communicator);
            return result;
        });

        assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(3));
    }

    @Test
    void shouldRefuseAnAbortFromInside() throws Exception {
        GpuRanks.each(1, seat -> {
            Communicator communicator = seat.join();
            FloatPointer values = seat.gpu().floats(1);
            Group.run(() -> {
                communicator.on(seat.gpu().stream()).allReduce(values, values, 1, SUM);
                assertThatThrownBy(communicator::abort)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("has a group open");
            });
            communicator.awaitReady(LONG);
            communicator.abort();
        });
    }

    @Test
    void shouldKeepAnAbortOffTheCommunicatorUntilTheGroupEnds() throws Exception {
        GpuRanks.each(1, seat -> {
            Communicator communicator = seat.join();
            StreamOperations operations = communicator.on(seat.gpu().stream());
            FloatPointer values = seat.gpu().floats(1);
            CompletableFuture<Void> aborted;
            try (Group group = Group.start()) {
                operations.allReduce(values, values, 1, SUM);
                aborted = CompletableFuture.runAsync(communicator::abort);
                LONG.until(communicator::isEnded, "the abort's start");
                assertThat(aborted).isNotDone();
                assertThatThrownBy(() -> operations.allReduce(values, values, 1, SUM))
                        .isInstanceOf(CommunicatorEndedException.class);
            }
            GpuRanks.get(aborted);
        });
    }

    @Test
    void shouldBelongToItsThread() throws Exception {
        try (Group group = Group.start()) {
            CompletableFuture<Void> elsewhere = CompletableFuture.runAsync(group::close);
            assertThatThrownBy(elsewhere::get).hasCauseInstanceOf(IllegalStateException.class);
        }
        Group over = Group.start();
        over.close();
        assertThatThrownBy(over::close).isInstanceOf(IllegalStateException.class);
    }
}
