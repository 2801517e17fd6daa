package io.coxswain.worker.runner.ffn;

/**
 * The block's size and the seed of all its values; the same on all ranks.
 *
 * @param hidden elements of a token's state, 1 to 65,536; default 256
 * @param inner elements between the two products, 1 to 262,144; default 1,024. Any number of ranks shares them, also unevenly
 * @param seed any value; default 0
 */
public record FfnConfig(int hidden, int inner, long seed) {
    public static final int MAX_HIDDEN = 65_536;
    public static final int MAX_INNER = 262_144;
    /** Two matrices of so many floats each are the most that one buffer holds. */
    private static final long MAX_WEIGHTS = 1L << 28;

    /** Hidden width 256, inner width 1,024, seed 0. */
    public static final FfnConfig DEFAULT = new FfnConfig(256, 1024, 0);

    /** Throws {@link IllegalArgumentException} for a value out of range. */
    public FfnConfig {
        if (hidden < 1 || hidden > MAX_HIDDEN) {
            throw new IllegalArgumentException("hidden is " + hidden + ", allowed are 1 to " + MAX_HIDDEN);
        }
        if (inner < 1 || inner > MAX_INNER) {
            throw new IllegalArgumentException("inner is " + inner + ", allowed are 1 to " + MAX_INNER);
        }
        if ((long) hidden * inner > MAX_WEIGHTS) {
            throw new IllegalArgumentException(
                    "hidden " + hidden + " times inner " + inner + " is more than " + MAX_WEIGHTS + " weights");
        }
    }
}
