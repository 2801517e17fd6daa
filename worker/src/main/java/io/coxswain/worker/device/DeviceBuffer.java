package io.coxswain.worker.device;

/** A piece of a device's memory of fixed size. Confined to the forward thread, as its device is. */
public interface DeviceBuffer extends AutoCloseable {

    /** Its size in bytes. */
    long byteSize();

    /** The {@code length} bytes from {@code offset} on; {@link IllegalArgumentException} where they are not all inside. */
    default DeviceView view(long offset, long length) {
        return new DeviceView(this, offset, length);
    }

    /** Releases the memory, which nothing may use afterwards; idempotent. */
    @Override
    void close();
}
