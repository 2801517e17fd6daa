package io.coxswain.worker.device;

import java.util.Objects;

/**
 * A range of a device buffer.
 *
 * @param buffer where it lies
 * @param offset its first byte
 * @param length its size in bytes; zero is allowed
 */
public record DeviceView(DeviceBuffer buffer, long offset, long length) {

    /** Throws {@link IllegalArgumentException} when the range is not inside the buffer. */
    public DeviceView {
        Objects.requireNonNull(buffer, "buffer");
        if (offset < 0 || length < 0 || offset > buffer.byteSize() - length) {
            throw new IllegalArgumentException("view of " + length + " bytes at " + offset
                    + " is outside of a buffer of " + buffer.byteSize() + " bytes");
        }
    }

    /** The {@code sliceLength} bytes that start {@code start} bytes into this view. */
    public DeviceView slice(long start, long sliceLength) {
        if (start < 0 || sliceLength < 0 || start > length - sliceLength) {
            throw new IllegalArgumentException(
                    "slice of " + sliceLength + " bytes at " + start + " is outside of a view of " + length + " bytes");
        }
        return new DeviceView(buffer, offset + start, sliceLength);
    }

    /** How many 32-bit floats it holds; {@link IllegalArgumentException} where they do not fill it, or would not be aligned. */
    public int floatCount() {
        if (offset % Float.BYTES != 0 || length % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    "floats cannot lie in " + length + " bytes at byte " + offset + ": not multiples of four");
        }
        return Math.toIntExact(length / Float.BYTES);
    }

    /** Whether the two share a byte. */
    public boolean overlaps(DeviceView other) {
        return buffer.equals(other.buffer)
                && offset < other.offset + other.length
                && other.offset < offset + length
                && length > 0
                && other.length > 0;
    }
}
