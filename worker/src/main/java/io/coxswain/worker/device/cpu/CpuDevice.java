package io.coxswain.worker.device.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.ElementType;
import io.coxswain.worker.device.GemmOptions;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack;

/**
 * The host as a device: memory outside of the Java heap, OpenBLAS for the products. Every operation is done when its call
 * returns. Confined to the thread that opened it.
 */
public final class CpuDevice implements Device {
    private static final int BLOCK_FLOATS = 4096;

    private final Set<CpuBuffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
    private final float[] block = new float[BLOCK_FLOATS];
    private boolean open = true;

    private CpuDevice() {}

    /** Loads OpenBLAS and sets its number of threads, which holds for the whole process. */
    public static CpuDevice open(CpuDeviceConfig config) {
        openblas_nolapack.blas_set_num_threads(config.blasThreads());
        return new CpuDevice();
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public DeviceBuffer allocate(long bytes) {
        requireOpen();
        CpuBuffer buffer = CpuBuffer.allocate(bytes, buffers::remove);
        buffers.add(buffer);
        return buffer;
    }

    @Override
    public void upload(float[] source, int sourceIndex, DeviceView target) {
        floats(target).put(floatIndex(target), source, sourceIndex, target.floatCount());
    }

    @Override
    public void upload(ByteBuffer source, DeviceView target) {
        ByteBuffer part = source.slice(source.position(), Math.toIntExact(target.length()));
        memory(target).hostBytes(target.offset(), target.length()).put(part);
        source.position(source.position() + part.limit());
    }

    @Override
    public void download(DeviceView source, float[] target, int targetIndex) {
        floats(source).get(floatIndex(source), target, targetIndex, source.floatCount());
    }

    @Override
    public void download(DeviceView source, ByteBuffer target) {
        target.put(memory(source).hostBytes(source.offset(), source.length()));
    }

    @Override
    public void gemm(DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, GemmOptions options) {
        DeviceMatrix.requireProduct(a, b, c);
        if (a.type() != ElementType.FLOAT32) {
            throw new DeviceException("the cpu device multiplies FLOAT32 only, and was asked for " + a.type());
        }
        if (c.isEmpty()) {
            return;
        }
        // OpenBLAS wants a leading dimension of one at least, also for the empty product.
        int strideOfA = Math.max(1, a.columns());
        cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                CblasNoTrans,
                c.rows(),
                c.columns(),
                a.columns(),
                options.alpha(),
                memory(a.data()).pointer(a.data().offset()),
                strideOfA,
                memory(b.data()).pointer(b.data().offset()),
                b.columns(),
                options.beta(),
                memory(c.data()).pointer(c.data().offset()),
                c.columns());
        switch (options.epilogue()) {
            case NONE -> {}
            case RELU -> relu(c.data());
        }
    }

    /** In blocks over the heap, where the compiler vectorises the loop: several times faster than over the direct buffer. */
    private void relu(DeviceView view) {
        FloatBuffer floats = floats(view);
        int end = floatIndex(view) + view.floatCount();
        for (int from = floatIndex(view); from < end; from += BLOCK_FLOATS) {
            int count = Math.min(BLOCK_FLOATS, end - from);
            floats.get(from, block, 0, count);
            for (int i = 0; i < count; i++) {
                block[i] = Math.max(0f, block[i]);
            }
            floats.put(from, block, 0, count);
        }
    }

    @Override
    public void zero(DeviceView view) {
        if (view.length() > 0) {
            ByteBuffer bytes = memory(view).hostBytes(view.offset(), view.length());
            Pointer.memset(new Pointer(bytes), 0, view.length());
        }
    }

    @Override
    public void synchronize() {
        requireOpen();
    }

    @Override
    public void close() {
        open = false;
        List.copyOf(buffers).forEach(CpuBuffer::close);
    }

    /** The one place that every access to memory passes. */
    private CpuBuffer memory(DeviceView view) {
        requireOpen();
        if (view.buffer() instanceof CpuBuffer buffer) {
            return buffer;
        }
        throw new IllegalArgumentException("a buffer of another device: " + view.buffer());
    }

    private FloatBuffer floats(DeviceView view) {
        return memory(view).floats();
    }

    private static int floatIndex(DeviceView view) {
        return Math.toIntExact(view.offset() / Float.BYTES);
    }

    private void requireOpen() {
        if (!open) {
            throw new DeviceException("the cpu device is used after its end");
        }
    }
}
