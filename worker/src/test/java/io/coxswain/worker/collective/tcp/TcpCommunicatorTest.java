package io.coxswain.worker.collective.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.collective.CollectiveAbortedException;
import io.coxswain.worker.collective.CollectiveMismatchException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.OperationTimeoutException;
import io.coxswain.worker.collective.PeerLostException;
import io.coxswain.worker.collective.tcp.TcpRanks.Outcome;
import io.coxswain.worker.device.DeviceView;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpCommunicatorTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldGatherEqualPartsInTheOrderOfTheRanks(int worldSize) throws Exception {
        float[] expected = new float[2 * worldSize];
        for (int rank = 0; rank < worldSize; rank++) {
            expected[2 * rank] = 10f * rank;
            expected[2 * rank + 1] = 10f * rank + 1;
        }
        try (TcpRanks ranks = TcpRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView receive = rank.empty(2 * worldSize);
                rank.communicator().allGather(rank.floats(10f * rank.rank(), 10f * rank.rank() + 1), receive);
                return rank.read(receive);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(expected));
        }
    }

    @Test
    void shouldGatherVaryingPartsWithEmptyOnes() throws Exception {
        long[] bytes = {8, 0, 12, 0, 4};
        try (TcpRanks ranks = TcpRanks.open(5)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView send = rank.empty((int) (bytes[rank.rank()] / 4));
                float[] values = new float[(int) (send.length() / 4)];
                Arrays.fill(values, rank.rank() + 1);
                rank.device().upload(values, 0, send);
                DeviceView receive = rank.empty(6);
                rank.communicator().allGatherV(send, receive, bytes);
                return rank.read(receive);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(1, 1, 3, 3, 3, 5));
        }
    }

    @Test
    void shouldGatherInPlace() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView receive = rank.empty(3);
                DeviceView own = receive.slice(4L * rank.rank(), 4);
                rank.device().upload(new float[] {rank.rank() + 7}, 0, own);
                rank.communicator().allGather(own, receive);
                return rank.read(receive);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(7, 8, 9));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldAddUpPartsInTheOrderOfTheRanks(int worldSize) throws Exception {
        long seed = Long.getLong("coxswain.test.seed", 11);
        int part = 5_000;
        float[][] inputs = new float[worldSize][];
        Random random = new Random(seed);
        for (int rank = 0; rank < worldSize; rank++) {
            inputs[rank] = new float[part * worldSize];
            for (int i = 0; i < inputs[rank].length; i++) {
                inputs[rank][i] = random.nextFloat() * (1 << random.nextInt(20));
            }
        }
        try (TcpRanks ranks = TcpRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView receive = rank.empty(part);
                rank.communicator().reduceScatterSum(rank.floats(inputs[rank.rank()]), receive);
                return rank.read(receive);
            });

            for (int rank = 0; rank < worldSize; rank++) {
                float[] expected = new float[part];
                for (int i = 0; i < part; i++) {
                    expected[i] = inputs[0][rank * part + i];
                    for (int other = 1; other < worldSize; other++) {
                        expected[i] += inputs[other][rank * part + i];
                    }
                }
                assertThat(results.get(rank)).as("seed %d", seed).containsExactly(expected);
            }
        }
    }

    @Test
    void shouldAddUpVaryingPartsWithEmptyOnes() throws Exception {
        long[] bytes = {0, 8, 4};
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<float[]> results = ranks.run(rank -> {
                int own = rank.rank();
                DeviceView receive = rank.empty((int) (bytes[own] / 4));
                rank.communicator().reduceScatterSumV(rank.floats(1 + own, 10 + own, 100 + own), receive, bytes);
                return rank.read(receive);
            });

            assertThat(results.get(0)).isEmpty();
            assertThat(results.get(1)).containsExactly(6, 33);
            assertThat(results.get(2)).containsExactly(303);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldLeaveTheSameSumsOnAllRanks(int worldSize) throws Exception {
        try (TcpRanks ranks = TcpRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                // Large beside small: the bits depend on the order of the additions.
                DeviceView view = rank.floats(rank.rank() == 1 ? 3e7f : 0.1f * (rank.rank() + 1), rank.rank());
                rank.communicator().allReduceSum(view);
                return rank.read(view);
            });

            float first = 0f;
            float second = 0f;
            for (int rank = 0; rank < worldSize; rank++) {
                first += rank == 1 ? 3e7f : 0.1f * (rank + 1);
                second += rank;
            }
            float[] expected = {first, second};
            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(expected));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void shouldBroadcastFromTheLastRank(int worldSize) throws Exception {
        try (TcpRanks ranks = TcpRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView view = rank.floats(rank.rank(), 10 + rank.rank());
                rank.communicator().broadcast(view, worldSize - 1);
                return rank.read(view);
            });

            assertThat(results)
                    .allSatisfy(result -> assertThat(result).containsExactly(worldSize - 1f, worldSize + 9f));
        }
    }

    @Test
    void shouldMoveBuffersThatNoSocketCanHold() throws Exception {
        int part = 4 << 20;
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<Boolean> results = ranks.run(rank -> {
                DeviceView all = rank.empty(3 * part);
                DeviceView own = all.slice(4L * part * rank.rank(), 4L * part);
                float[] values = new float[part];
                for (int i = 0; i < part; i++) {
                    values[i] = (i & 0xFFFF) + rank.rank();
                }
                rank.device().upload(values, 0, own);
                rank.communicator().allGather(own, all);
                DeviceView sum = rank.empty(part);
                rank.communicator().reduceScatterSum(all, sum);
                float[] result = rank.read(sum);
                boolean right = true;
                for (int i = 0; i < part; i++) {
                    right &= result[i] == 3f * values[i];
                }
                return right;
            });

            assertThat(results).containsOnly(true);
        }
    }

    @Test
    void shouldKeepManyOperationsApart() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<Float> results = ranks.run(rank -> {
                DeviceView one = rank.floats(rank.rank() + 1);
                DeviceView all = rank.empty(3);
                for (int i = 0; i < 500; i++) {
                    rank.communicator().allGather(one, all);
                    rank.communicator().reduceScatterSum(all, one);
                    float value = rank.read(one)[0] / 3;
                    rank.device().upload(new float[] {value}, 0, one);
                }
                return rank.read(one)[0];
            });

            assertThat(results).containsExactly(1f, 2f, 3f);
        }
    }

    @Test
    void shouldSayOnBothSidesThatTheyRunDifferentOperations() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            List<Outcome<Object>> outcomes = ranks.outcomes(rank -> {
                DeviceView view = rank.empty(2);
                if (rank.rank() == 0) {
                    rank.communicator().broadcast(view, 0);
                } else {
                    rank.communicator().allGather(rank.empty(1), view);
                }
                return rank;
            });

            assertThat(outcomes.get(0).failure())
                    .isInstanceOf(CollectiveMismatchException.class)
                    .hasMessageContaining("rank 1")
                    .hasMessageContaining("here number 0 BROADCAST sending 8 bytes and expecting 0")
                    .hasMessageContaining("there number 0 ALL_GATHER sending 4 bytes and expecting 4");
            assertThat(outcomes.get(1).failure())
                    .isInstanceOfSatisfying(
                            CollectiveMismatchException.class,
                            e -> assertThat(e.rank()).isZero());
        }
    }

    @Test
    void shouldSayOnBothSidesThatTheirSizesDiffer() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            List<Outcome<Object>> outcomes = ranks.outcomes(rank -> {
                int floats = 1 + rank.rank();
                rank.communicator().allGather(rank.empty(floats), rank.empty(2 * floats));
                return rank;
            });

            assertThat(outcomes.get(0).failure())
                    .isInstanceOf(CollectiveMismatchException.class)
                    .hasMessageContaining("here number 0 ALL_GATHER sending 4 bytes and expecting 4")
                    .hasMessageContaining("there number 0 ALL_GATHER sending 8 bytes and expecting 8");
            assertThat(outcomes.get(1).failure()).isInstanceOf(CollectiveMismatchException.class);
        }
    }

    @Test
    void shouldFreeABlockedOperationWhenAnotherThreadAborts() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            CountDownLatch aboutToBlock = new CountDownLatch(1);
            CountDownLatch freed = new CountDownLatch(1);
            Communicator[] blocked = new Communicator[1];
            Future<?> aborter = CompletableFuture.runAsync(() -> {
                try {
                    aboutToBlock.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                blocked[0].abort("rank 1 was late");
            });
            List<Outcome<Object>> outcomes = ranks.outcomes(rank -> {
                if (rank.rank() == 1) {
                    freed.await();
                    return rank;
                }
                blocked[0] = rank.communicator();
                aboutToBlock.countDown();
                try {
                    rank.communicator().broadcast(rank.empty(1), 1);
                    return rank;
                } finally {
                    freed.countDown();
                }
            });
            aborter.get();

            assertThat(outcomes.get(0).failure())
                    .isInstanceOf(CollectiveAbortedException.class)
                    .hasMessage("epoch 1.1 has ended: rank 1 was late");
        }
    }

    @Test
    void shouldRefuseEveryCallAfterAnAbort() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            ranks.run(rank -> {
                Communicator communicator = rank.communicator();
                DeviceView one = rank.empty(1);
                DeviceView two = rank.empty(2);
                communicator.abort("first");
                communicator.abort("second");

                List.<Runnable>of(
                                communicator::connect,
                                () -> communicator.allGather(one, two),
                                () -> communicator.allGatherV(one, two, new long[] {4, 4}),
                                () -> communicator.reduceScatterSum(two, one),
                                () -> communicator.reduceScatterSumV(two, one, new long[] {4, 4}),
                                () -> communicator.allReduceSum(one),
                                communicator::awaitDone,
                                () -> communicator.broadcast(one, 0))
                        .forEach(call -> assertThatThrownBy(call::run)
                                .isInstanceOf(CollectiveAbortedException.class)
                                .hasMessageContaining("first"));
                return rank;
            });
        }
    }

    @Test
    void shouldNameAPeerWhoseConnectionEnds() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<Outcome<Object>> outcomes = ranks.outcomes(rank -> {
                if (rank.rank() == 1) {
                    rank.communicator().close();
                    return rank;
                }
                rank.communicator().allGather(rank.empty(1 << 20), rank.empty(3 << 20));
                return rank;
            });

            for (int survivor : new int[] {0, 2}) {
                assertThat(outcomes.get(survivor).failure())
                        .isInstanceOfSatisfying(
                                PeerLostException.class,
                                e -> assertThat(e.rank()).isEqualTo(1));
            }
        }
    }

    @Test
    void shouldNameThePeersThatAreLate() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3, Duration.ofMillis(100))) {
            CountDownLatch timedOut = new CountDownLatch(2);
            List<Outcome<Object>> outcomes = ranks.outcomes(rank -> {
                if (rank.rank() == 1) {
                    timedOut.await();
                    return rank;
                }
                try {
                    rank.communicator().allGather(rank.empty(1), rank.empty(3));
                } finally {
                    timedOut.countDown();
                }
                return rank;
            });

            assertThat(outcomes.get(0).failure())
                    .isInstanceOfSatisfying(
                            OperationTimeoutException.class,
                            e -> assertThat(e.pendingRanks()).contains(1))
                    .hasMessageContaining("rank 1 (0 bytes to send, 36 to receive)");
            assertThat(outcomes.get(2).failure()).isInstanceOf(OperationTimeoutException.class);
        }
    }

    @Test
    void shouldTellWrongArgumentsWithoutHarmToTheGroup() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            List<float[]> results = ranks.run(rank -> {
                Communicator communicator = rank.communicator();
                DeviceView one = rank.floats(rank.rank());
                DeviceView two = rank.empty(2);
                assertThatThrownBy(() -> communicator.allGather(one, one))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("receive has 4 bytes, 8 are needed");
                assertThatThrownBy(() -> communicator.allGatherV(one, two, new long[] {8}))
                        .hasMessageContaining("1 entries for 2 ranks");
                assertThatThrownBy(() -> communicator.broadcast(one, 2)).hasMessageContaining("allowed are 0 to 1");
                assertThatThrownBy(() -> communicator.reduceScatterSum(two, two.slice(0, 4)))
                        .hasMessageContaining("overlaps");
                communicator.allGather(one, two);
                return rank.read(two);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(0, 1));
        }
    }
}
