package io.coxswain.worker.collective.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.standin.RequiresStandIn;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresStandIn
class NcclOperationsTest {
    /** Floats of each rank where they vary; every second rank has none. */
    private static final int[] VARYING = {2, 0, 3, 0, 1};

    private static long[] varyingBytes(int worldSize) {
        return Arrays.stream(VARYING)
                .limit(worldSize)
                .mapToLong(floats -> 4L * floats)
                .toArray();
    }

    private static int varyingTotal(int worldSize) {
        return Arrays.stream(VARYING).limit(worldSize).sum();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldGatherEqualPartsInTheOrderOfTheRanks(int worldSize) throws Exception {
        float[] expected = new float[2 * worldSize];
        for (int rank = 0; rank < worldSize; rank++) {
            expected[2 * rank] = 10f * rank;
            expected[2 * rank + 1] = 10f * rank + 1;
        }
        try (NcclRanks ranks = NcclRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView receive = rank.device().empty(2 * worldSize);
                rank.communicator().allGather(rank.device().floats(10f * rank.rank(), 10f * rank.rank() + 1), receive);
                rank.communicator().awaitDone();
                return rank.device().read(receive);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(expected));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldGatherVaryingPartsWithEmptyOnes(int worldSize) throws Exception {
        float[] expected = new float[varyingTotal(worldSize)];
        int next = 0;
        for (int rank = 0; rank < worldSize; rank++) {
            Arrays.fill(expected, next, next + VARYING[rank], rank + 1);
            next += VARYING[rank];
        }
        try (NcclRanks ranks = NcclRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                float[] values = new float[VARYING[rank.rank()]];
                Arrays.fill(values, rank.rank() + 1);
                DeviceView receive = rank.device().empty(varyingTotal(worldSize));
                rank.communicator().allGatherV(rank.device().floats(values), receive, varyingBytes(worldSize));
                rank.communicator().awaitDone();
                return rank.device().read(receive);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(expected));
        }
    }

    @Test
    void shouldGatherInPlace() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(3)) {
            List<float[]> results = ranks.run(rank -> {
                float[] all = new float[3];
                all[rank.rank()] = rank.rank() + 7;
                DeviceView equal = rank.device().floats(all);
                DeviceView varying = rank.device().floats(all);
                rank.communicator().allGather(equal.slice(4L * rank.rank(), 4), equal);
                rank.communicator().allGatherV(varying.slice(4L * rank.rank(), 4), varying, new long[] {4, 4, 4});
                float[] result = Arrays.copyOf(rank.device().read(equal), 6);
                System.arraycopy(rank.device().read(varying), 0, result, 3, 3);
                return result;
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(7, 8, 9, 7, 8, 9));
        }
    }

    @Test
    void shouldGatherNothingFromNobody() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView nothing = rank.device().empty(0);
                rank.communicator().allGatherV(nothing, rank.device().empty(0), new long[2]);
                rank.communicator().allGather(nothing, rank.device().empty(0));
                rank.communicator().reduceScatterSumV(nothing, rank.device().empty(0), new long[2]);
                rank.communicator().awaitDone();
                DeviceView sum = rank.device().floats(1);
                rank.communicator().allReduceSum(sum);
                return rank.device().read(sum);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(2));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldAddUpEqualParts(int worldSize) throws Exception {
        try (NcclRanks ranks = NcclRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                float[] values = new float[worldSize];
                for (int i = 0; i < worldSize; i++) {
                    values[i] = 100 * i + rank.rank();
                }
                DeviceView receive = rank.device().empty(1);
                rank.communicator().reduceScatterSum(rank.device().floats(values), receive);
                return rank.device().read(receive);
            });

            for (int rank = 0; rank < worldSize; rank++) {
                assertThat(results.get(rank)).containsExactly(100f * rank * worldSize + sumOfRanks(worldSize));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldAddUpVaryingPartsWithEmptyOnes(int worldSize) throws Exception {
        try (NcclRanks ranks = NcclRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                float[] values = new float[varyingTotal(worldSize)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = 100 * i + rank.rank();
                }
                DeviceView receive = rank.device().empty(VARYING[rank.rank()]);
                rank.communicator().reduceScatterSumV(rank.device().floats(values), receive, varyingBytes(worldSize));
                return rank.device().read(receive);
            });

            int next = 0;
            for (int rank = 0; rank < worldSize; rank++) {
                float[] expected = new float[VARYING[rank]];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = 100f * next++ * worldSize + sumOfRanks(worldSize);
                }
                assertThat(results.get(rank)).containsExactly(expected);
            }
        }
    }

    private static float sumOfRanks(int worldSize) {
        return worldSize * (worldSize - 1) / 2f;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldLeaveTheSameSumsOnAllRanks(int worldSize) throws Exception {
        try (NcclRanks ranks = NcclRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView view = rank.device().floats(rank.rank(), 1);
                rank.communicator().allReduceSum(view);
                return rank.device().read(view);
            });

            assertThat(results)
                    .allSatisfy(result -> assertThat(result).containsExactly(sumOfRanks(worldSize), worldSize));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void shouldBroadcastFromTheLastRank(int worldSize) throws Exception {
        try (NcclRanks ranks = NcclRanks.open(worldSize)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView view = rank.device().floats(rank.rank(), 10 + rank.rank());
                rank.communicator().broadcast(view, worldSize - 1);
                return rank.device().read(view);
            });

            assertThat(results)
                    .allSatisfy(result -> assertThat(result).containsExactly(worldSize - 1f, worldSize + 9f));
        }
    }

    @Test
    void shouldKeepManyOperationsApart() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(3)) {
            List<float[]> results = ranks.run(rank -> {
                DeviceView one = rank.device().floats(rank.rank() + 1);
                DeviceView all = rank.device().empty(3);
                for (int i = 0; i < 100; i++) {
                    rank.communicator().allGather(one, all);
                    rank.communicator().broadcast(all, i % 3);
                    rank.communicator().awaitDone();
                }
                return rank.device().read(all);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(1, 2, 3));
        }
    }

    @Test
    void shouldRecordInACaptureAndRunAllOfItAtAReplay() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            List<float[]> results = ranks.run(rank -> {
                Communicator communicator = rank.communicator();
                DeviceView own = rank.device().floats(rank.rank() + 1);
                DeviceView all = rank.device().floats(0, 0);
                DeviceGraph recording = rank.device().gpu().capture(() -> {
                    communicator.allGatherV(own, all, new long[] {4, 4});
                    communicator.allReduceSum(all);
                });
                float[] recorded = rank.device().read(all);
                recording.replay();
                communicator.awaitDone();
                float[] replayed = rank.device().read(all);
                recording.close();
                return new float[] {recorded[0], recorded[1], replayed[0], replayed[1]};
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(0, 0, 2, 4));
        }
    }

    @Test
    void shouldRefuseArgumentsThatAreWrongByThemselvesWithoutHarm() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            List<float[]> results = ranks.run(rank -> {
                Communicator communicator = rank.communicator();
                DeviceView two = rank.device().floats(1, 1);
                DeviceView one = rank.device().floats(1);

                assertThatThrownBy(() -> communicator.allGather(two, two))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("receive has 8 bytes, 16 are needed on rank " + rank.rank() + " of 2");
                assertThatThrownBy(() -> communicator.allGatherV(one, two, new long[] {4}))
                        .hasMessage("bytesByRank has 1 entries for 2 ranks");
                assertThatThrownBy(() -> communicator.reduceScatterSum(two, two.slice(0, 4)))
                        .hasMessage("receive overlaps send");
                assertThatThrownBy(() -> communicator.allReduceSum(two.slice(0, 3)))
                        .hasMessage("the view has 3 bytes, which are no whole floats");
                assertThatThrownBy(() -> communicator.broadcast(one, 2)).hasMessage("root is 2, allowed are 0 to 1");
                assertThatThrownBy(communicator::connect)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("epoch 7 is connected already");

                communicator.allReduceSum(one);
                return rank.device().read(one);
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(2));
        }
    }
}
