package io.coxswain.worker.standin;

import static io.coxswain.worker.standin.Bindings.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.cuda.global.cudart.*;
import static org.bytedeco.cuda.global.nccl.*;

import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.junit.jupiter.api.Test;

/** Collectives between ranks that are threads of this process; those between processes have tests of their own. */
@RequiresStandIn
class StandInCollectivesTest {
    private static final int RANKS = 3;

    /** One operation, from its rank's input to its output. */
    private interface Operation {
        int call(FloatPointer send, FloatPointer receive, ncclComm comm, CUstream_st stream);
    }

    /** Each rank's output of the operation on inputs of the given length, which the rank's number goes into. */
    private static List<float[]> run(int in, int out, Operation operation) throws Exception {
        byte[] id = uniqueId();
        return ranks(RANKS, rank -> {
            ncclComm comm = join(RANKS, id, rank);
            CUstream_st stream = stream();
            FloatPointer send = deviceOf(input(rank, in));
            FloatPointer receive = device(out);
            nccl(operation.call(send, receive, comm, stream));
            settle(comm);
            awaitIdle(stream);
            float[] result = read(receive, out);
            nccl(ncclCommDestroy(comm));
            cuda(cudaStreamDestroy(stream));
            cuda(cudaFree(send));
            cuda(cudaFree(receive));
            return result;
        });
    }

    private static float[] input(int rank, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = 10 * rank + i + 1;
        }
        return values;
    }

    @Test
    void shouldGatherFromAllRanks() throws Exception {
        List<float[]> results = run(2, 6, (s, r, comm, stream) -> ncclAllGather(s, r, 2, ncclFloat, comm, stream));

        assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(1, 2, 11, 12, 21, 22));
    }

    @Test
    void shouldReduceToAllRanksWithEachOperation() throws Exception {
        int[] operations = {ncclSum, ncclProd, ncclMax, ncclMin, ncclAvg};
        float[][] expected = {{33, 36}, {231, 528}, {21, 22}, {1, 2}, {11, 12}};
        for (int i = 0; i < operations.length; i++) {
            int operation = operations[i];
            float[] sums = expected[i];

            List<float[]> results =
                    run(2, 2, (s, r, comm, stream) -> ncclAllReduce(s, r, 2, ncclFloat, operation, comm, stream));

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(sums));
        }
    }

    @Test
    void shouldGiveEachRankItsPartOfTheSums() throws Exception {
        List<float[]> results =
                run(6, 2, (s, r, comm, stream) -> ncclReduceScatter(s, r, 2, ncclFloat, ncclSum, comm, stream));

        assertThat(results.get(0)).containsExactly(33, 36);
        assertThat(results.get(1)).containsExactly(39, 42);
        assertThat(results.get(2)).containsExactly(45, 48);
    }

    @Test
    void shouldReduceToAndBroadcastFromOneRank() throws Exception {
        List<float[]> sums =
                run(2, 2, (s, r, comm, stream) -> ncclReduce(s, r, 2, ncclFloat, ncclSum, 1, comm, stream));
        List<float[]> copies = run(2, 2, (s, r, comm, stream) -> ncclBroadcast(s, r, 2, ncclFloat, 2, comm, stream));

        assertThat(sums.get(1)).containsExactly(33, 36);
        assertThat(sums.get(0)).containsOnly(Float.NaN);
        assertThat(copies).allSatisfy(result -> assertThat(result).containsExactly(21, 22));
    }

    @Test
    void shouldSendAndReceiveInARing() throws Exception {
        List<float[]> results = run(2, 2, (s, r, comm, stream) -> {
            int[] rank = new int[1];
            nccl(ncclCommUserRank(comm, rank));
            nccl(ncclGroupStart());
            nccl(ncclSend(s, 2, ncclFloat, (rank[0] + 1) % RANKS, comm, stream));
            nccl(ncclRecv(r, 2, ncclFloat, (rank[0] + RANKS - 1) % RANKS, comm, stream));
            return ncclGroupEnd();
        });

        assertThat(results.get(0)).containsExactly(21, 22);
        assertThat(results.get(1)).containsExactly(1, 2);
        assertThat(results.get(2)).containsExactly(11, 12);
    }

    @Test
    void shouldGatherDifferentLengthsByAGroupOfBroadcasts() throws Exception {
        List<float[]> results = run(3, 4, (s, r, comm, stream) -> {
            nccl(ncclGroupStart());
            nccl(ncclBroadcast(s, r, 1, ncclFloat, 0, comm, stream));
            nccl(ncclBroadcast(s, r.getPointer(1), 0, ncclFloat, 1, comm, stream));
            nccl(ncclBroadcast(s, r.getPointer(1), 3, ncclFloat, 2, comm, stream));
            return ncclGroupEnd();
        });

        assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(1, 21, 22, 23));
    }

    /** Of values for which another order gives another sum. */
    @Test
    void shouldAddInTheOrderOfTheRanks() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int count = 1001;
        float[][] inputs = new float[RANKS][count];
        for (float[] input : inputs) {
            for (int i = 0; i < count; i++) {
                input[i] = (random.nextFloat() - 0.5f) * (float) Math.pow(10, random.nextInt(8));
            }
        }
        float[] expected = inputs[0].clone();
        for (int i = 0; i < count; i++) {
            expected[i] = inputs[0][i] + inputs[1][i] + inputs[2][i];
        }
        byte[] id = uniqueId();

        List<float[]> results = ranks(RANKS, rank -> {
            ncclComm comm = join(RANKS, id, rank);
            CUstream_st stream = stream();
            FloatPointer memory = deviceOf(inputs[rank]);
            nccl(ncclAllReduce(memory, memory, count, ncclFloat, ncclSum, comm, stream));
            settle(comm);
            awaitIdle(stream);
            float[] result = read(memory, count);
            nccl(ncclCommDestroy(comm));
            cuda(cudaStreamDestroy(stream));
            cuda(cudaFree(memory));
            return result;
        });

        assertThat(results)
                .as("seed %d", seed)
                .allSatisfy(result -> assertThat(result).containsExactly(expected));
    }

    @Test
    void shouldReduceTypesOfSixteenBits() throws Exception {
        short[] bfloat16 = {0x3fc0, 0x4049}; // 1.5 and 3.140625
        byte[] id = uniqueId();

        List<short[]> results = ranks(2, rank -> {
            ncclComm comm = join(2, id, rank);
            CUstream_st stream = stream();
            FloatPointer memory = device(1);
            ShortPointer host = new ShortPointer(bfloat16);
            cuda(cudaMemcpy(memory, host, 4, cudaMemcpyHostToDevice));
            nccl(ncclAllReduce(memory, memory, 2, ncclBfloat16, ncclSum, comm, stream));
            settle(comm);
            awaitIdle(stream);
            cuda(cudaMemcpy(host, memory, 4, cudaMemcpyDeviceToHost));
            short[] sums = new short[2];
            host.get(sums);
            nccl(ncclCommDestroy(comm));
            cuda(cudaStreamDestroy(stream));
            cuda(cudaFree(memory));
            return sums;
        });

        assertThat(results).allSatisfy(sums -> assertThat(sums).containsExactly((short) 0x4040, (short) 0x40c9));
        assertThat(Float.intBitsToFloat(0x40c9 << 16)).isEqualTo(6.28125f, within(0f));
    }

    @Test
    void shouldReplayCollectivesOfAGraph() throws Exception {
        byte[] id = uniqueId();
        int replays = 3;

        List<float[]> results = ranks(RANKS, rank -> {
            ncclComm comm = join(RANKS, id, rank);
            CUstream_st stream = stream();
            FloatPointer send = deviceOf(rank);
            FloatPointer receive = device(RANKS);
            cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
            nccl(ncclAllReduce(send, send, 1, ncclFloat, ncclSum, comm, stream));
            settle(comm);
            nccl(ncclAllGather(send, receive, 1, ncclFloat, comm, stream));
            settle(comm);
            CUgraphExec_st graph = endCapture(stream);
            for (int i = 0; i < replays; i++) {
                cuda(cudaGraphLaunch(graph, stream));
            }
            awaitIdle(stream);
            float[] gathered = read(receive, RANKS);
            cuda(cudaGraphExecDestroy(graph));
            nccl(ncclCommDestroy(comm));
            cuda(cudaStreamDestroy(stream));
            cuda(cudaFree(send));
            cuda(cudaFree(receive));
            return gathered;
        });

        assertThat(results).allSatisfy(gathered -> assertThat(gathered).containsExactly(27, 27, 27));
    }

    @Test
    void shouldRefuseTwoRanksOnOneDevice() throws Exception {
        byte[] id = uniqueId();

        List<Integer> statuses = ranks(2, rank -> {
            cuda(cudaSetDevice(0));
            ncclComm comm = new ncclComm();
            int status = ncclCommInitRankConfig(comm, 2, uniqueId(id), rank, config(true));
            assertThat(comm.isNull()).isTrue();
            return status;
        });

        assertThat(statuses).containsOnly(ncclInvalidUsage);
        assertThat(ncclGetLastError((ncclComm) null).getString()).contains("Duplicate GPU detected");
    }

    @Test
    void shouldRefuseAConfigurationThatIsNone() {
        byte[] id = uniqueId();
        assertThat(ncclCommInitRankConfig(
                        new ncclComm(), 1, uniqueId(id), 0, config(true).magic(1)))
                .isEqualTo(ncclInvalidArgument);
        assertThat(ncclGetLastError((ncclComm) null).getString())
                .contains("not initialized via NCCL_CONFIG_INITIALIZER");
        assertThat(ncclCommInitRankConfig(
                        new ncclComm(), 1, uniqueId(id), 0, config(true).blocking(7)))
                .isEqualTo(ncclInvalidArgument);
        assertThat(ncclCommInitRankConfig(
                        new ncclComm(),
                        1,
                        uniqueId(id),
                        0,
                        config(true).minCTAs(5).maxCTAs(2)))
                .isEqualTo(ncclInvalidArgument);
        assertThat(ncclCommInitRankConfig(new ncclComm(), 2, uniqueId(id), 2, config(true)))
                .isEqualTo(ncclInvalidArgument);

        ncclComm comm = begin(1, id, 0, true);
        nccl(ncclCommDestroy(comm));
        assertThat(ncclCommDestroy(comm)).isEqualTo(ncclInvalidArgument);
        assertThat(ncclCommDestroy(null)).isEqualTo(ncclSuccess);
    }

    @Test
    void shouldRefuseArgumentsOfAGroupAtItsEnd() {
        ncclComm comm = begin(1, uniqueId(), 0, true);
        FloatPointer memory = deviceOf(4);
        CUstream_st stream = stream();
        nccl(ncclGroupStart());
        nccl(ncclGroupStart());
        assertThat(ncclBroadcast(memory, memory, 1, ncclFloat, 5, comm, stream)).isEqualTo(ncclInvalidArgument);
        nccl(ncclAllGather(memory, memory, 1, ncclFloat, comm, stream));
        assertThat(ncclGroupEnd()).isEqualTo(ncclSuccess);

        assertThat(ncclGroupEnd()).isEqualTo(ncclInvalidArgument);

        assertThat(ncclGroupEnd()).isEqualTo(ncclInvalidUsage);
        nccl(ncclAllGather(memory, memory, 1, ncclFloat, comm, stream));
        cuda(cudaStreamSynchronize(stream));
        int[] value = new int[1];
        nccl(ncclCommCount(comm, value));
        assertThat(value[0]).isEqualTo(1);
        nccl(ncclCommCuDevice(comm, value));
        assertThat(value[0]).isZero();
        nccl(ncclCommDestroy(comm));
        cuda(cudaStreamDestroy(stream));
        cuda(cudaFree(memory));
        assertThat(ncclAllGather((Pointer) null, null, 1, ncclFloat, comm, null))
                .isEqualTo(ncclInvalidArgument);
    }

    @Test
    void shouldBeInProgressUntilAnOperationIsLaunched() throws Exception {
        ncclComm comm = join(1, uniqueId(), 0);
        FloatPointer memory = deviceOf(4);
        CUstream_st stream = stream();

        assertThat(ncclAllGather(memory, memory, 1, ncclFloat, comm, stream)).isEqualTo(ncclInProgress);
        settle(comm);
        cuda(cudaStreamSynchronize(stream));
        assertThat(ncclCommFinalize(comm)).isEqualTo(ncclInProgress);
        settle(comm);

        assertThat(ncclAllGather(memory, memory, 1, ncclFloat, comm, stream)).isEqualTo(ncclInvalidUsage);
        nccl(ncclCommDestroy(comm));
        cuda(cudaStreamDestroy(stream));
        cuda(cudaFree(memory));
    }
}
