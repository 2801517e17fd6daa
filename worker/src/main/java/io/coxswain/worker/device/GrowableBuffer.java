package io.coxswain.worker.device;

import org.jspecify.annotations.Nullable;

/**
 * Device memory that is reused from step to step and grows when a step needs more than any before. Growing loses the content.
 * Confined to the forward thread.
 */
public final class GrowableBuffer implements AutoCloseable {
    private final Device device;
    private @Nullable DeviceBuffer buffer;

    public GrowableBuffer(Device device) {
        this.device = device;
    }

    /** The first {@code bytes} of it; the content is that of the last call, or undefined where the buffer had to grow. */
    public DeviceView view(long bytes) {
        DeviceBuffer current = buffer;
        if (current == null || current.byteSize() < bytes) {
            // The old memory goes first: the two together may not fit.
            close();
            // A quarter more, so that slowly rising sizes do not allocate at every step.
            current = device.allocate(Math.max(1, bytes + bytes / 4));
            buffer = current;
        }
        return current.view(0, bytes);
    }

    /** Whether so many bytes are there without growing. */
    public boolean holds(long bytes) {
        DeviceBuffer current = buffer;
        return current != null && current.byteSize() >= bytes;
    }

    @Override
    public void close() {
        if (buffer != null) {
            buffer.close();
            buffer = null;
        }
    }
}
