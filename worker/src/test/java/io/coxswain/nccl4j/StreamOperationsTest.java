package io.coxswain.nccl4j;

import static io.coxswain.nccl4j.GpuRanks.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.standin.RequiresStandIn;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresStandIn
class StreamOperationsTest {
    private static final Reduction SUM = ReduceOp.SUM.of(DataType.FLOAT32);

    /** Called with the operations, two values of this rank (rank, 10 * rank), and room for two values of each rank. */
    @FunctionalInterface
    private interface Call {
        void on(StreamOperations operations, FloatPointer own, FloatPointer room);
    }

    private static List<float[]> results(int size, Call call) throws Exception {
        return GpuRanks.run(size, seat -> {
            Communicator communicator = seat.join();
            FloatPointer own = seat.gpu().floats(seat.rank(), 10f * seat.rank());
            FloatPointer room = seat.gpu().floats(new float[2 * size]);
            call.on(communicator.on(seat.gpu().stream()), own, room);
            communicator.awaitReady(LONG);
            float[] result = seat.gpu().read(room, 2 * size);
            GpuRanks.leave(communicator);
            return result;
        });
    }

    private static float sumOfRanks(int size) {
        return size * (size - 1) / 2f;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldGatherInTheOrderOfTheRanks(int size) throws Exception {
        float[] expected = new float[2 * size];
        for (int rank = 0; rank < size; rank++) {
            expected[2 * rank] = rank;
            expected[2 * rank + 1] = 10f * rank;
        }

        assertThat(results(size, (operations, own, room) -> operations.allGather(own, room, 2, DataType.FLOAT32)))
                .allSatisfy(result -> assertThat(result).containsExactly(expected));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldReduceOnAllRanks(int size) throws Exception {
        List<float[]> sums = results(size, (operations, own, room) -> operations.allReduce(own, room, 2, SUM));
        List<float[]> largest = results(
                size, (operations, own, room) -> operations.allReduce(own, room, 2, ReduceOp.MAX.of(DataType.FLOAT32)));

        assertThat(sums).allSatisfy(result -> assertThat(result).startsWith(sumOfRanks(size), 10 * sumOfRanks(size)));
        assertThat(largest).allSatisfy(result -> assertThat(result).startsWith(size - 1f, 10f * (size - 1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldScatterASum(int size) throws Exception {
        List<float[]> results = GpuRanks.run(size, seat -> {
            Communicator communicator = seat.join();
            float[] values = new float[size];
            for (int i = 0; i < size; i++) {
                values[i] = 100 * i + seat.rank();
            }
            FloatPointer sum = seat.gpu().empty(1);
            communicator.on(seat.gpu().stream()).reduceScatter(seat.gpu().floats(values), sum, 1, SUM);
            communicator.awaitReady(LONG);
            float[] result = seat.gpu().read(sum, 1);
            GpuRanks.leave(communicator);
            return result;
        });

        for (int rank = 0; rank < size; rank++) {
            assertThat(results.get(rank)).containsExactly(100f * rank * size + sumOfRanks(size));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldBroadcastFromTheLastRank(int size) throws Exception {
        List<float[]> results = results(
                size, (operations, own, room) -> operations.broadcast(own, room, 2, DataType.FLOAT32, size - 1));

        assertThat(results).allSatisfy(result -> assertThat(result).startsWith(size - 1f, 10f * (size - 1)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldReduceToOneRank(int size) throws Exception {
        List<float[]> results = results(size, (operations, own, room) -> {
            boolean root = operations.communicator().rank() == size - 1;
            operations.reduce(own, root ? room : null, 2, SUM, size - 1);
        });

        assertThat(results.get(size - 1)).startsWith(sumOfRanks(size), 10 * sumOfRanks(size));
    }

    @Test
    void shouldDoNothingForNoElements() throws Exception {
        assertThat(results(2, (operations, own, room) -> operations.allGather(own, room, 0, DataType.FLOAT32)))
                .allSatisfy(result -> assertThat(result).containsOnly(0));
    }

    @Test
    void shouldRunAgainWhatACaptureRecorded() throws Exception {
        List<float[]> results = GpuRanks.run(2, seat -> {
            Communicator communicator = seat.join();
            FloatPointer values = seat.gpu().floats(seat.rank() + 1);
            TestGpu.Recording recording = seat.gpu().capture(() -> {
                communicator.on(seat.gpu().stream()).allReduce(values, values, 1, SUM);
                communicator.awaitReady(LONG);
            });
            float[] recorded = seat.gpu().read(values, 1);
            recording.replay();
            recording.replay();
            float[] replayed = seat.gpu().read(values, 1);
            recording.close();
            GpuRanks.leave(communicator);
            return new float[] {recorded[0], replayed[0]};
        });

        assertThat(results.get(0)).containsExactly(1, 6);
        assertThat(results.get(1)).containsExactly(2, 6);
    }

    @Test
    void shouldRefuseArgumentsThatAreWrongByThemselves() throws Exception {
        GpuRanks.each(1, seat -> {
            try (Communicator communicator = seat.join()) {
                StreamOperations operations = communicator.on(seat.gpu().stream());
                FloatPointer memory = seat.gpu().empty(4);
                FloatPointer moved = new FloatPointer(memory).position(1);

                assertThatThrownBy(() -> operations.allGather(memory, memory, -1, DataType.FLOAT32))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("count is -1, it must not be negative");
                assertThatThrownBy(() -> operations.broadcast(memory, memory, 1, DataType.FLOAT32, 1))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("root is 1, allowed are 0 to 0");
                assertThatThrownBy(() -> operations.send(memory, 1, DataType.FLOAT32, -1))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("peer is -1, allowed are 0 to 0");
                assertThatThrownBy(() -> operations.reduce(memory, null, 1, SUM, 0))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("receive is null on the root, rank 0");
                assertThatThrownBy(() -> operations.allReduce(moved, memory, 1, SUM))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("the pointer's position is 1, which would be taken for bytes; use getPointer(1)");
            }
        });
    }
}
