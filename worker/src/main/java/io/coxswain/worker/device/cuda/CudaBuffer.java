package io.coxswain.worker.device.cuda;

import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceException;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Memory of the GPU, which the host cannot touch. Confined to the forward thread. */
final class CudaBuffer implements DeviceBuffer {
    private final BytePointer memory;
    private final long byteSize;
    private final Consumer<CudaBuffer> free;
    private boolean open = true;

    /** @param free gives the memory back; throws when that is refused, and the buffer stays open */
    CudaBuffer(Pointer memory, long byteSize, Consumer<CudaBuffer> free) {
        this.memory = new BytePointer(memory);
        this.byteSize = byteSize;
        this.free = free;
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    /** The address of the byte at an offset, for native calls. */
    Pointer pointer(long offset) {
        if (!open) {
            throw new DeviceException("a cuda buffer of " + byteSize + " bytes is used after its end");
        }
        return new BytePointer(memory).position(offset);
    }

    /** The address of the first byte, also after the end. */
    Pointer memory() {
        return memory;
    }

    /** Marks the end, before the memory goes. */
    void end() {
        open = false;
    }

    @Override
    public void close() {
        if (open) {
            free.accept(this);
        }
    }
}
