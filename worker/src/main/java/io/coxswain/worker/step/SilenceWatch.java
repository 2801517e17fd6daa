package io.coxswain.worker.step;

/**
 * Judges the coordinator's silence by this process' monotonic clock. A process that did not get to run (stopped, paused,
 * starved) has heard nothing since it did not listen: after a gap in its own ticks the silence counts from now.
 *
 * <p>Not thread-safe; time comes in as an argument.
 */
final class SilenceWatch {
    private final long timeoutNanos;
    private final long gapNanos;
    private long heardNanos;
    private long tickNanos;

    /**
     * Starts to watch.
     *
     * @param intervalNanos time between two ticks
     * @param timeoutNanos silence that is too long; longer than the interval
     */
    SilenceWatch(long intervalNanos, long timeoutNanos, long nowNanos) {
        this.timeoutNanos = timeoutNanos;
        this.gapNanos = Math.max(2 * intervalNanos, timeoutNanos / 2);
        this.heardNanos = nowNanos;
        this.tickNanos = nowNanos;
    }

    /** Something was heard. */
    void heard(long nowNanos) {
        heardNanos = nowNanos;
    }

    /** One tick; whether the silence is too long by now. */
    boolean tick(long nowNanos) {
        if (nowNanos - tickNanos > gapNanos) {
            heardNanos = nowNanos;
        }
        tickNanos = nowNanos;
        return nowNanos - heardNanos > timeoutNanos;
    }
}
