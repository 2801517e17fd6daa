package io.coxswain.worker.device.cpu;

import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.HostAccessible;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** Host memory outside of the Java heap. Confined to the forward thread. */
final class CpuBuffer implements DeviceBuffer, HostAccessible {
    private final Pointer memory;
    private final long byteSize;
    private final ByteBuffer bytes;
    private final FloatBuffer floats;
    private final Consumer<CpuBuffer> onClose;
    private boolean open = true;

    private CpuBuffer(Pointer memory, long byteSize, Consumer<CpuBuffer> onClose) {
        this.memory = memory;
        this.byteSize = byteSize;
        this.onClose = onClose;
        this.bytes = new BytePointer(memory).capacity(byteSize).asByteBuffer().order(ByteOrder.nativeOrder());
        this.floats = bytes.asFloatBuffer();
    }

    /** Plain calloc, since JavaCPP's own allocation is bounded by the size of the Java heap. */
    static CpuBuffer allocate(long byteSize, Consumer<CpuBuffer> onClose) {
        if (byteSize < 1 || byteSize > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a cpu buffer has 1 to " + Integer.MAX_VALUE + " bytes, asked for were " + byteSize);
        }
        Pointer memory = Pointer.calloc(1, byteSize);
        if (memory == null || memory.isNull()) {
            throw new DeviceException("the host has no " + byteSize + " bytes for a cpu buffer");
        }
        return new CpuBuffer(memory, byteSize, onClose);
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public ByteBuffer hostBytes(long offset, long length) {
        requireOpen();
        return bytes.slice(Math.toIntExact(offset), Math.toIntExact(length)).order(ByteOrder.nativeOrder());
    }

    /** All of the memory as floats; callers use absolute access only, its position is shared. */
    FloatBuffer floats() {
        requireOpen();
        return floats;
    }

    /** For native calls: the float at a byte offset. */
    FloatPointer pointer(long offset) {
        requireOpen();
        return new FloatPointer(memory).position(offset / Float.BYTES);
    }

    private void requireOpen() {
        if (!open) {
            throw new DeviceException("a cpu buffer of " + byteSize + " bytes is used after its end");
        }
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            Pointer.free(memory);
            onClose.accept(this);
        }
    }
}
