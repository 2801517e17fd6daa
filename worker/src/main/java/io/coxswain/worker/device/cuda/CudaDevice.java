package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cudart.cudaErrorNotReady;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;
import static org.bytedeco.cuda.global.cudart.cudaSetDevice;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamQuery;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;

import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.GemmOptions;
import io.coxswain.worker.device.GraphDevice;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * One NVIDIA GPU, the only one that this process uses: everything runs in order on one stream, which does not wait for the
 * default one. Confined to the thread that opened it, but for {@link #makeCurrent()}.
 *
 * <p>An error of an operation may come to light at a later call, which throws it as a {@link CudaException}. After the worst, such
 * as an access to memory that is not there, every call fails until the process ends.
 *
 * <p>An upload returns when the source may change. It blocks where it is larger than the pinned memory that is free, until the
 * device is done with what was launched before; {@link #allocate} and closing a buffer may block in the same way.
 */
public final class CudaDevice implements GraphDevice {
    private final CudaCalls calls;
    private final CUstream_st stream;
    private final Staging staging;
    private final Matmul matmul;
    private final Capture capture;
    private final Releases releases;
    private final Set<CudaBuffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<CudaGraph> graphs = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean open = true;

    private CudaDevice(CudaCalls calls, CUstream_st stream, Staging staging, Matmul matmul, Releases releases) {
        this.calls = calls;
        this.stream = stream;
        this.staging = staging;
        this.matmul = matmul;
        this.capture = new Capture(calls, stream);
        this.releases = releases;
    }

    /**
     * Opens the device and makes it the calling thread's current one.
     *
     * @throws CudaUnavailableException if {@link CudaProbe#device} finds no such device
     * @throws CudaException if it has no room for the workspace, or fails; nothing stays allocated
     */
    public static CudaDevice open(CudaDeviceConfig config) {
        if (CudaProbe.device(config) instanceof CudaFinding.Unusable unusable) {
            throw new CudaUnavailableException(unusable.line());
        }
        CudaCalls calls = new CudaCalls(config.ordinal());
        calls.check(cudaSetDevice(config.ordinal()), "cudaSetDevice");
        Releases releases = new Releases();
        try {
            CUstream_st stream = stream(calls, releases);
            Staging staging = Staging.open(calls, stream, config.stagingBytes(), releases);
            Matmul matmul = Matmul.open(calls, stream, config.workspaceBytes(), releases);
            return new CudaDevice(calls, stream, staging, matmul, releases);
        } catch (RuntimeException e) {
            releases.releaseAllAfter(e);
            throw e;
        }
    }

    private static CUstream_st stream(CudaCalls calls, Releases releases) {
        CUstream_st stream = new CUstream_st();
        calls.check(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
        releases.add(() -> calls.check(cudaStreamDestroy(stream), "cudaStreamDestroy"));
        return stream;
    }

    @Override
    public String name() {
        return "cuda";
    }

    /** Its number among the devices that the process sees. */
    public int ordinal() {
        return calls.ordinal();
    }

    /** The stream on which everything runs; others may launch on it, on the forward thread, and must not destroy it. */
    public CUstream_st stream() {
        requireOpen();
        return stream;
    }

    /** The address of a view's first byte, valid until its buffer is closed. */
    public Pointer pointer(DeviceView view) {
        requireOpen();
        if (view.buffer() instanceof CudaBuffer buffer) {
            return buffer.pointer(view.offset());
        }
        throw new IllegalArgumentException("a buffer of another device: " + view.buffer());
    }

    /** Makes this the calling thread's current device, as CUDA wants of every thread that uses it. Any thread may call it. */
    public void makeCurrent() {
        calls.check(cudaSetDevice(calls.ordinal()), "cudaSetDevice");
    }

    /** Whether everything that was launched on the stream is done. Never blocks. */
    public boolean isIdle() {
        requireNoCapture("isIdle");
        int status = cudaStreamQuery(stream);
        if (status == cudaErrorNotReady) {
            // The thread keeps this as its last error until it is read, and a library that looks for one of its own
            // would find it.
            cudaGetLastError();
            return false;
        }
        calls.check(status, "cudaStreamQuery");
        return true;
    }

    @Override
    public DeviceBuffer allocate(long bytes) {
        requireNoCapture("allocate");
        if (bytes < 1) {
            throw new IllegalArgumentException("a cuda buffer has 1 byte at least, asked for were " + bytes);
        }
        BytePointer memory = new BytePointer((Pointer) null);
        calls.check(cudaMalloc(memory, bytes), "cudaMalloc", bytes);
        CudaBuffer buffer = new CudaBuffer(memory, bytes, this::free);
        buffers.add(buffer);
        try {
            clear(memory, bytes);
        } catch (RuntimeException e) {
            Releases unwanted = new Releases();
            unwanted.add(buffer::close);
            unwanted.releaseAllAfter(e);
            throw e;
        }
        return buffer;
    }

    private void free(CudaBuffer buffer) {
        capture.requireNone("closing a buffer");
        buffer.end();
        buffers.remove(buffer);
        calls.check(cudaFree(buffer.memory()), "cudaFree");
    }

    @Override
    public void upload(float[] source, int sourceIndex, DeviceView target) {
        Pointer memory = hostCopy("upload", target);
        Objects.checkFromIndexSize(sourceIndex, target.floatCount(), source.length);
        staging.upload(source, sourceIndex, memory, target.length());
    }

    @Override
    public void upload(ByteBuffer source, DeviceView target) {
        Pointer memory = hostCopy("upload", target);
        int count = Math.toIntExact(target.length());
        staging.upload(source.slice(source.position(), count), memory, count);
        source.position(source.position() + count);
    }

    @Override
    public void download(DeviceView source, float[] target, int targetIndex) {
        Pointer memory = hostCopy("download", source);
        Objects.checkFromIndexSize(targetIndex, source.floatCount(), target.length);
        staging.download(memory, source.length(), target, targetIndex);
    }

    @Override
    public void download(DeviceView source, ByteBuffer target) {
        Pointer memory = hostCopy("download", source);
        int count = Math.toIntExact(source.length());
        staging.download(memory, count, target.slice(target.position(), count));
        target.position(target.position() + count);
    }

    private Pointer hostCopy(String call, DeviceView view) {
        requireNoCapture(call);
        return pointer(view);
    }

    @Override
    public void gemm(DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, GemmOptions options) {
        DeviceMatrix.requireProduct(a, b, c);
        Pointer addressOfA = pointer(a.data());
        Pointer addressOfB = pointer(b.data());
        Pointer addressOfC = pointer(c.data());
        if (!c.isEmpty()) {
            MatmulKey key = MatmulKey.of(a, b, c, options.epilogue());
            matmul.multiply(key, addressOfA, addressOfB, addressOfC, options);
        }
    }

    @Override
    public void zero(DeviceView view) {
        Pointer memory = pointer(view);
        if (view.length() > 0) {
            clear(memory, view.length());
        }
    }

    private void clear(Pointer memory, long bytes) {
        calls.check(cudaMemsetAsync(memory, 0, bytes, stream), "cudaMemsetAsync", bytes);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Products of kinds that were never asked for before are looked up in the meantime; run {@code operations} once before, so
     * that CUDA has loaded what they need. Other threads may use the device as they like.
     */
    @Override
    public DeviceGraph capture(Runnable operations) {
        requireOpen();
        CudaGraph graph = CudaGraph.instantiate(this, calls, capture.record(operations), graphs::remove);
        graphs.add(graph);
        return graph;
    }

    @Override
    public void synchronize() {
        requireNoCapture("synchronize");
        calls.check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waits for what still runs, since memory cannot go before; collectives that cannot end are to be aborted first. Releases
     * everything even where CUDA refuses some of it, and then throws the first {@link CudaException}.
     */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        capture.requireNone("close");
        open = false;
        // The last that is added goes first.
        List.copyOf(buffers).forEach(buffer -> releases.add(buffer::close));
        List.copyOf(graphs).forEach(graph -> releases.add(graph::close));
        releases.add(() -> calls.check(cudaStreamSynchronize(stream), "cudaStreamSynchronize"));
        releases.releaseAll();
    }

    /** Refuses what CUDA does not allow while operations are recorded, and everything after the end. */
    void requireNoCapture(String call) {
        requireOpen();
        capture.requireNone(call);
    }

    private void requireOpen() {
        if (!open) {
            throw new DeviceException("the cuda device is used after its end");
        }
    }
}
