package io.coxswain.worker.device;

import java.nio.ByteBuffer;

/**
 * One device: its memory and the operations on it. Confined to the forward thread, which opens, uses and closes it.
 *
 * <p>Operations take effect in the order of the calls. Those on device memory alone may still run when their call returns;
 * {@link #synchronize()} waits for them, and a download waits for what it reads. Every method throws {@link DeviceException}
 * when the device refuses or fails, and {@link IllegalArgumentException} for arguments that do not fit together.
 */
public interface Device extends AutoCloseable {

    /** The kind of device as users name it, for example {@code cpu}. */
    String name();

    /** Allocates {@code bytes} (one at least), zeroed; may block. What is not closed before, closes with the device. */
    DeviceBuffer allocate(long bytes);

    /** Fills {@code target} (bytes, a multiple of four) with floats of {@code source} from {@code sourceIndex} on. */
    void upload(float[] source, int sourceIndex, DeviceView target);

    /** Fills {@code target} with as many bytes of {@code source}, from its position on, which moves. */
    void upload(ByteBuffer source, DeviceView target);

    /** Copies all of {@code source} (bytes, a multiple of four) to {@code target} from {@code targetIndex} on; blocks. */
    void download(DeviceView source, float[] target, int targetIndex);

    /** Copies all of {@code source} to {@code target} at its position, which moves; blocks. */
    void download(DeviceView source, ByteBuffer target);

    /**
     * {@code c = epilogue(alpha * a * b + beta * c)}, with a of m x k, b of k x n, c of m x n. A dimension may be zero; c must
     * not overlap a or b. What c held is not read when beta is zero. a and b are of one type, c of the same or FLOAT32, and the sums
     * are taken in FLOAT32; a device may know FLOAT32 only, and refuses the others.
     */
    void gemm(DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, GemmOptions options);

    /** Sets every byte of the view to zero. */
    void zero(DeviceView view);

    /** Blocks until all earlier operations are done on the device. */
    void synchronize();

    /** Releases all that was allocated; idempotent. */
    @Override
    void close();
}
