package io.coxswain.worker.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.bytedeco.cuda.global.cudart.*;
import static org.bytedeco.cuda.global.nccl.*;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.bytedeco.cuda.nccl.ncclUniqueId;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/** The bindings with their statuses checked, as the tests of the stand-in call them. */
final class Bindings {
    /** No measure of anything: only so that a broken test ends, on a machine busy with other things too. */
    static final Duration LIMIT = Duration.ofSeconds(20);

    private static final int UNDEFINED = Integer.MIN_VALUE;
    private static final int FIRST_INT_OF_CONFIG = 4;

    /** What one rank does. */
    interface Rank<T> {
        T run(int rank) throws Exception;
    }

    private Bindings() {}

    static void cuda(int status) {
        assertThat(status).as(() -> cudaGetErrorName(status).getString()).isEqualTo(cudaSuccess);
    }

    static void nccl(int status) {
        assertThat(status)
                .as(() -> ncclGetLastError((ncclComm) null).getString())
                .isIn(ncclSuccess, ncclInProgress);
    }

    static CUstream_st stream() {
        CUstream_st stream = new CUstream_st();
        cuda(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking));
        return stream;
    }

    static CUevent_st event() {
        CUevent_st event = new CUevent_st();
        cuda(cudaEventCreateWithFlags(event, cudaEventDisableTiming));
        return event;
    }

    static FloatPointer device(long floats) {
        FloatPointer memory = new FloatPointer((Pointer) null);
        cuda(cudaMalloc(memory, floats * Float.BYTES));
        return memory.capacity(floats);
    }

    static FloatPointer deviceOf(float... values) {
        FloatPointer memory = device(values.length);
        put(memory, values);
        return memory;
    }

    static void put(FloatPointer memory, float... values) {
        try (FloatPointer host = new FloatPointer(values)) {
            cuda(cudaMemcpy(memory, host, (long) values.length * Float.BYTES, cudaMemcpyHostToDevice));
        }
    }

    static float[] read(Pointer memory, int floats) {
        float[] values = new float[floats];
        try (FloatPointer host = new FloatPointer(floats)) {
            cuda(cudaMemcpy(host, memory, (long) floats * Float.BYTES, cudaMemcpyDeviceToHost));
            host.get(values);
        }
        return values;
    }

    /** Ends the capture of the stream, and makes its graph ready to run. */
    static CUgraphExec_st endCapture(CUstream_st stream) {
        CUgraph_st graph = new CUgraph_st();
        cuda(cudaStreamEndCapture(stream, graph));
        CUgraphExec_st executable = new CUgraphExec_st();
        cuda(cudaGraphInstantiate(executable, graph, 0));
        cuda(cudaGraphDestroy(graph));
        return executable;
    }

    static byte[] uniqueId() {
        try (ncclUniqueId id = new ncclUniqueId()) {
            nccl(ncclGetUniqueId(id));
            byte[] bytes = new byte[NCCL_UNIQUE_ID_BYTES];
            id.internal().get(bytes);
            return bytes;
        }
    }

    static ncclUniqueId uniqueId(byte[] bytes) {
        ncclUniqueId id = new ncclUniqueId();
        id.internal().put(bytes);
        return id;
    }

    /** What NCCL's initializer macro does in C. */
    static ncclConfig_t config(boolean blocking) {
        ncclConfig_t config = new ncclConfig_t();
        IntPointer words = new IntPointer(config);
        for (int i = FIRST_INT_OF_CONFIG; i < config.sizeof() / Integer.BYTES; i++) {
            words.put(i, UNDEFINED);
        }
        config.netName(null).commName(null);
        return config.size(config.sizeof())
                .magic(0xcafebeef)
                .version(NCCL_VERSION_CODE)
                .blocking(blocking ? 1 : 0);
    }

    /** A communicator on the calling thread's device; one that does not block may not be ready yet. */
    static ncclComm begin(int ranks, byte[] id, int rank, boolean blocking) {
        ncclComm comm = new ncclComm();
        nccl(ncclCommInitRankConfig(comm, ranks, uniqueId(id), rank, config(blocking)));
        return comm;
    }

    static ncclComm join(int ranks, byte[] id, int rank) {
        cuda(cudaSetDevice(rank));
        ncclComm comm = begin(ranks, id, rank, false);
        settle(comm);
        return comm;
    }

    static int state(ncclComm comm) {
        int[] state = new int[1];
        nccl(ncclCommGetAsyncError(comm, state));
        return state[0];
    }

    static void settle(ncclComm comm) {
        await().pollInterval(Duration.ofMillis(1)).atMost(LIMIT).until(() -> state(comm) != ncclInProgress);
        assertThat(state(comm)).isEqualTo(ncclSuccess);
    }

    static boolean idle(CUstream_st stream) {
        int status = cudaStreamQuery(stream);
        assertThat(status).isIn(cudaSuccess, cudaErrorNotReady);
        cudaGetLastError();
        return status == cudaSuccess;
    }

    static void awaitIdle(CUstream_st stream) {
        await().pollInterval(Duration.ofMillis(1)).atMost(LIMIT).until(() -> idle(stream));
    }

    /** Runs the ranks on threads of their own, rank 0 on device 0 and so on, and gives their results. */
    static <T> List<T> ranks(int count, Rank<T> body) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<T>> running = new ArrayList<>();
            for (int rank = 0; rank < count; rank++) {
                int own = rank;
                Callable<T> call = () -> {
                    cuda(cudaSetDevice(own));
                    return body.run(own);
                };
                running.add(threads.submit(call));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : running) {
                results.add(result(future));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> T result(Future<T> future) throws Exception {
        try {
            return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a rank failed", e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a rank did not end", e);
        }
    }
}
