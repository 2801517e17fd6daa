package io.coxswain.worker.feed;

/**
 * How fast a trace is replayed. Immutable.
 *
 * @param factor trace seconds per second of the replay, {@link #MIN} to {@link #MAX}; positive infinity: all requests are
 *     available at once
 */
public record ReplaySpeed(double factor) {
    /** The slowest replay. */
    public static final double MIN = 0.001;
    /** The fastest paced replay. */
    public static final double MAX = 1_000_000;
    /** Not paced: every request is available from the beginning. */
    public static final ReplaySpeed AS_FAST_AS_POSSIBLE = new ReplaySpeed(Double.POSITIVE_INFINITY);

    /** Throws {@link IllegalArgumentException} where the factor is out of range. */
    public ReplaySpeed {
        boolean paced = factor >= MIN && factor <= MAX;
        if (!paced && factor != Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("speed is " + factor + "; allowed are " + MIN + " to " + (long) MAX);
        }
    }

    /** When a request that arrives in the trace at this time is available, in nanoseconds after the replay's start. */
    long availableNanos(long arrivalNanos) {
        return (long) (arrivalNanos / factor);
    }
}
