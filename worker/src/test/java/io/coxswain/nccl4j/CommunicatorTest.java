package io.coxswain.nccl4j;

import static io.coxswain.nccl4j.GpuRanks.LONG;
import static io.coxswain.nccl4j.GpuRanks.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.standin.RequiresStandIn;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class CommunicatorTest {
    private static final Reduction SUM = ReduceOp.SUM.of(DataType.FLOAT32);

    @Test
    void shouldJoinItsPeersAndLeaveThemInOrder() throws Exception {
        List<String> results = GpuRanks.run(3, seat -> {
            Communicator communicator = seat.join();
            String seen = communicator.rank() + " of " + communicator.size() + ", ended " + communicator.isEnded();
            GpuRanks.leave(communicator);
            return seen + ", then " + communicator.isEnded();
        });

        assertThat(results)
                .containsExactly(
                        "0 of 3, ended false, then true",
                        "1 of 3, ended false, then true",
                        "2 of 3, ended false, then true");
    }

    @Test
    void shouldGiveUpOnAPeerThatNeverComes() {
        try (TestGpu gpu = TestGpu.open(0)) {
            Communicator alone = Communicator.init(UniqueId.create(), 2, 0, CommConfig.nonBlocking());

            assertThatThrownBy(() -> alone.awaitReady(SHORT))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessage("NCCL's last call was not done within 200 ms");
            assertThat(alone.isReady()).isFalse();
            alone.abort();

            assertThat(alone.isEnded()).isTrue();
        }
    }

    @Test
    void shouldRefuseEveryCallAfterAnAbort() throws Exception {
        GpuRanks.each(2, seat -> {
            Communicator communicator = seat.join();
            StreamOperations operations = communicator.on(seat.gpu().stream());
            FloatPointer memory = seat.gpu().empty(4);
            communicator.abort();

            Stream.<Runnable>of(
                            () -> operations.allGather(memory, memory, 1, DataType.FLOAT32),
                            () -> operations.allReduce(memory, memory, 1, SUM),
                            () -> operations.reduceScatter(memory, memory, 1, SUM),
                            () -> operations.broadcast(memory, memory, 1, DataType.FLOAT32, 0),
                            () -> operations.reduce(memory, memory, 1, SUM, 0),
                            () -> operations.send(memory, 1, DataType.FLOAT32, 0),
                            () -> operations.receive(memory, 1, DataType.FLOAT32, 0),
                            communicator::isReady,
                            communicator::beginFinalize,
                            () -> communicator.awaitReady(LONG))
                    .forEach(call -> assertThatThrownBy(call::run)
                            .isInstanceOf(CommunicatorEndedException.class)
                            .hasMessage("the communicator was aborted"));
            communicator.destroy();
            communicator.abort();
            communicator.close();
        });
    }

    @Test
    void shouldEndOnceWhenManyThreadsAbortIt() throws Exception {
        GpuRanks.each(2, seat -> {
            Communicator communicator = seat.join();
            CompletableFuture<?>[] aborts = IntStream.range(0, 8)
                    .mapToObj(i -> CompletableFuture.runAsync(communicator::abort))
                    .toArray(CompletableFuture<?>[]::new);
            GpuRanks.get(CompletableFuture.allOf(aborts));
            assertThat(communicator.isEnded()).isTrue();
        });
    }

    @Test
    void shouldEndWorkOnTheDeviceThatWaitsForAPeer() throws Exception {
        GpuRanks.each(2, seat -> {
            Communicator communicator = seat.join();
            if (seat.rank() == 0) {
                FloatPointer memory = seat.gpu().floats(1, 2);
                communicator.on(seat.gpu().stream()).allReduce(memory, memory, 2, SUM);
                communicator.awaitReady(LONG);
                assertThat(seat.gpu().isIdle()).isFalse();
            }
            CompletableFuture<Void> aborted = CompletableFuture.runAsync(communicator::abort);
            seat.gpu().awaitIdle();
            GpuRanks.get(aborted);
        });
    }

    @Test
    void shouldFreeAThreadThatIsBlockedInsideACall() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        GpuRanks.each(2, seat -> {
            Communicator communicator = Communicator.init(seat.id(), 2, seat.rank(), CommConfig.blocking());
            if (seat.rank() == 1) {
                over.await();
                communicator.abort();
                return;
            }
            FloatPointer memory = seat.gpu().floats(1);
            communicator.on(seat.gpu().stream()).allReduce(memory, memory, 1, SUM);
            Thread caller = Thread.currentThread();
            CompletableFuture<Void> aborted = CompletableFuture.runAsync(() -> {
                LONG.until(() -> isInside(caller, "ncclCommFinalize"), "the call");
                communicator.abort();
            });

            communicator.beginFinalize(); // waits for the sum, and so for rank 1

            assertThatThrownBy(communicator::isReady).isInstanceOf(CommunicatorEndedException.class);
            GpuRanks.get(aborted);
            over.countDown();
        });
    }

    private static boolean isInside(Thread thread, String nativeCall) {
        return Stream.of(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(nativeCall));
    }

    @Test
    void shouldBlockAnAbortForAsLongAsAGraphHoldsTheCommunicator() throws Exception {
        GpuRanks.each(1, seat -> {
            Communicator communicator = seat.join();
            FloatPointer memory = seat.gpu().floats(1, 2);
            TestGpu.Recording recording = seat.gpu().capture(() -> {
                communicator.on(seat.gpu().stream()).allReduce(memory, memory, 2, SUM);
                communicator.awaitReady(LONG);
            });
            CompletableFuture<Void> aborted = CompletableFuture.runAsync(communicator::abort);
            LONG.until(communicator::isEnded, "the abort's start");

            assertThatThrownBy(() -> SHORT.until(aborted::isDone, "the abort"))
                    .isInstanceOf(WaitTimeoutException.class);
            recording.close();
            GpuRanks.get(aborted);
        });
    }

    @Test
    void shouldDestroyOnlyWhatIsFinalized() throws Exception {
        GpuRanks.each(2, seat -> {
            Communicator communicator = seat.join();
            assertThatThrownBy(communicator::destroy)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not finalized");
            assertThat(communicator.isFinalized()).isFalse();

            communicator.beginFinalize();
            communicator.awaitReady(LONG);

            assertThat(communicator.isFinalized()).isTrue();
            FloatPointer memory = seat.gpu().empty(1);
            StreamOperations operations = communicator.on(seat.gpu().stream());
            assertThatThrownBy(() -> operations.allReduce(memory, memory, 1, SUM))
                    .isInstanceOf(CommunicatorEndedException.class)
                    .hasMessage("the communicator is finalized");
            communicator.close();
            assertThatThrownBy(communicator::isReady)
                    .isInstanceOf(CommunicatorEndedException.class)
                    .hasMessage("the communicator was destroyed");
        });
    }

    @Test
    void shouldAbortWhenItIsClosedBeforeItsEnd() throws Exception {
        GpuRanks.each(2, seat -> {
            Communicator communicator = seat.join();
            communicator.close();
            assertThatThrownBy(communicator::isReady).hasMessage("the communicator was aborted");
        });
    }

    @Test
    void shouldNameTheCallThatFailedWithItsStatusAndNcclsOwnWords() {
        try (TestGpu gpu = TestGpu.open(0);
                Communicator early = Communicator.init(UniqueId.create(), 2, 0, CommConfig.nonBlocking())) {
            FloatPointer memory = gpu.empty(1);
            StreamOperations operations = early.on(gpu.stream());

            assertThatThrownBy(() -> operations.allReduce(memory, memory, 1, SUM))
                    .isInstanceOfSatisfying(NcclStatusException.class, e -> {
                        assertThat(e.call()).isEqualTo("ncclAllReduce");
                        assertThat(e.result()).isEqualTo(NcclResult.INVALID_ARGUMENT);
                        assertThat(e.status()).isEqualTo(4);
                        assertThat(e.lastError()).isNotBlank();
                        assertThat(e)
                                .hasMessageStartingWith("ncclAllReduce failed with INVALID_ARGUMENT (4): ")
                                .hasMessageEndingWith(e.lastError());
                    });
        }
    }

    @Test
    void shouldRefuseARankThatIsInNoGroup() {
        UniqueId id = UniqueId.of(new byte[UniqueId.BYTES]);

        assertThatThrownBy(() -> Communicator.init(id, 2, 2, CommConfig.nonBlocking()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rank 2 of 2 is in no group");
        assertThatThrownBy(() -> Communicator.init(id, 0, 0, CommConfig.nonBlocking()))
                .hasMessage("rank 0 of 0 is in no group");
        assertThatThrownBy(() -> Communicator.init(id, 1, -1, CommConfig.nonBlocking()))
                .hasMessage("rank -1 of 1 is in no group");
    }
}
