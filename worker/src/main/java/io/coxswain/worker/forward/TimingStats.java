package io.coxswain.worker.forward;

/**
 * How long the forward passes of one batch size took. Immutable.
 *
 * @param count passes recorded
 * @param meanMillis mean of all of them, in milliseconds
 * @param p50Millis median, see {@link ForwardTimingTracker} for what it is taken from
 * @param p99Millis 99th percentile, taken from the same
 * @param minMillis the fastest of all passes
 * @param maxMillis the slowest of all passes
 */
public record TimingStats(
        long count, double meanMillis, double p50Millis, double p99Millis, double minMillis, double maxMillis) {}
