package io.coxswain.worker.device;

/** {@link ElementType#BFLOAT16} on the host, which has no type for it. */
public final class BFloat16 {
    private static final int DROPPED_BITS = 16;
    private static final int BELOW_HALF = 0x7fff;
    private static final int QUIET_NAN = 0x0040;

    private BFloat16() {}

    /** The bits of the nearest value, of two that are as near those with the even last bit; not-a-number stays so. */
    public static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            // The fraction's upper bits may all be zero, and zeros would make it an infinity.
            return (short) ((bits >>> DROPPED_BITS) | QUIET_NAN);
        }
        int lastKeptBit = (bits >>> DROPPED_BITS) & 1;
        return (short) ((bits + BELOW_HALF + lastKeptBit) >>> DROPPED_BITS);
    }

    /** The value of the bits, exactly. */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << DROPPED_BITS);
    }
}
