package io.coxswain.nccl4j;

import static org.bytedeco.cuda.global.cudart.cudaErrorNotReady;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorName;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cudaGraphLaunch;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamQuery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A CUDA device with one stream, as bare as a test of collectives needs it. For the thread that opens it. */
public final class TestGpu implements AutoCloseable {
    private static final Wait LONG = Wait.atMost(Duration.ofSeconds(20));

    private final int ordinal;
    private final CUstream_st stream = new CUstream_st();
    private final List<Pointer> memory = new ArrayList<>();

    private TestGpu(int ordinal) {
        this.ordinal = ordinal;
    }

    public static TestGpu open(int ordinal) {
        TestGpu gpu = new TestGpu(ordinal);
        gpu.makeCurrent();
        check(cudaStreamCreateWithFlags(gpu.stream, cudaStreamNonBlocking));
        return gpu;
    }

    public CUstream_st stream() {
        return stream;
    }

    public void makeCurrent() {
        check(cudaSetDevice(ordinal));
    }

    /** Device memory that is freed with the device. */
    public FloatPointer empty(long floats) {
        FloatPointer pointer = new FloatPointer((Pointer) null);
        check(cudaMalloc(pointer, Math.max(1, floats) * Float.BYTES));
        memory.add(pointer);
        return pointer.capacity(floats);
    }

    public FloatPointer floats(float... values) {
        FloatPointer target = empty(values.length);
        write(values, target);
        return target;
    }

    public void write(float[] values, Pointer target) {
        try (FloatPointer host = new FloatPointer(values)) {
            check(cudaMemcpyAsync(target, host, (long) values.length * Float.BYTES, cudaMemcpyHostToDevice, stream));
            awaitIdle();
        }
    }

    public float[] read(Pointer source, int floats) {
        float[] values = new float[floats];
        try (FloatPointer host = new FloatPointer(Math.max(1, floats))) {
            check(cudaMemcpyAsync(host, source, (long) floats * Float.BYTES, cudaMemcpyDeviceToHost, stream));
            awaitIdle();
            host.get(values);
        }
        return values;
    }

    public boolean isIdle() {
        int status = cudaStreamQuery(stream);
        if (status == cudaErrorNotReady) {
            cudaGetLastError(); // else it stays the thread's last error
            return false;
        }
        check(status);
        return true;
    }

    public void awaitIdle() {
        LONG.until(this::isIdle, "the stream's work");
    }

    /** Operations that were recorded; replaying them does not wait. */
    public final class Recording implements AutoCloseable {
        private final CUgraph_st graph = new CUgraph_st();
        private final CUgraphExec_st executable = new CUgraphExec_st();

        private Recording() {}

        public void replay() {
            check(cudaGraphLaunch(executable, stream));
        }

        @Override
        public void close() {
            check(cudaGraphExecDestroy(executable));
            check(cudaGraphDestroy(graph));
        }
    }

    /** There is no recording, and no capture any more, where the operations throw. */
    public Recording capture(Runnable operations) {
        Recording recording = new Recording();
        check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        try {
            operations.run();
        } catch (RuntimeException failed) {
            if (cudaStreamEndCapture(stream, recording.graph) == 0) {
                check(cudaGraphDestroy(recording.graph));
            }
            cudaGetLastError();
            throw failed;
        }
        check(cudaStreamEndCapture(stream, recording.graph));
        check(cudaGraphInstantiate(recording.executable, recording.graph, 0));
        return recording;
    }

    private static void check(int status) {
        if (status != 0) {
            throw new AssertionError("CUDA says " + cudaGetErrorName(status).getString());
        }
    }

    @Override
    public void close() {
        awaitIdle();
        memory.forEach(pointer -> check(cudaFree(pointer)));
        check(cudaStreamDestroy(stream));
    }
}
