package io.coxswain.worker.device;

/** What the elements of a matrix are. */
public enum ElementType {
    /** IEEE 754 single precision. */
    FLOAT32(4),
    /** The upper half of a {@link #FLOAT32}: its sign and exponent, and 7 bits of its fraction. */
    BFLOAT16(2);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** The size of one element in bytes. */
    public int bytes() {
        return bytes;
    }
}
