package io.coxswain.worker.runner;

/**
 * What a rank may put into one step. Immutable.
 *
 * @param maxTokens the token budget, 1 to {@link #MAX_TOKENS}, default {@link #DEFAULT_TOKENS}
 * @param maxRequests requests held at a time, 1 to {@link #MAX_REQUESTS}, default {@link #DEFAULT_REQUESTS}
 */
public record BatchLimits(int maxTokens, int maxRequests) {
    public static final int DEFAULT_TOKENS = 2048;
    public static final int DEFAULT_REQUESTS = 256;
    public static final int MAX_TOKENS = 1 << 20;
    public static final int MAX_REQUESTS = 1 << 16;
    /** The limits when nobody says others. */
    public static final BatchLimits DEFAULT = new BatchLimits(DEFAULT_TOKENS, DEFAULT_REQUESTS);

    /** Throws {@link IllegalArgumentException} where a value is out of range. */
    public BatchLimits {
        requireWithin("maxTokens", maxTokens, MAX_TOKENS);
        requireWithin("maxRequests", maxRequests, MAX_REQUESTS);
    }

    private static void requireWithin(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(name + " is " + value + "; allowed are 1 to " + most);
        }
    }
}
