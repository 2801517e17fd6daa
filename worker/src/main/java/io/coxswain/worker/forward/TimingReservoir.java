package io.coxswain.worker.forward;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The times of one batch size in bounded memory: count, sum and extremes of all, and a uniform random sample of at most
 * {@link ForwardTimingTracker#MAX_SAMPLES} for the percentiles. Not thread-safe.
 */
final class TimingReservoir {
    private static final int FIRST_CAPACITY = 16;

    private double[] samples;
    private long count;
    private double sumMillis;
    private double minMillis = Double.POSITIVE_INFINITY;
    private double maxMillis = Double.NEGATIVE_INFINITY;

    TimingReservoir() {
        samples = new double[FIRST_CAPACITY];
    }

    private TimingReservoir(TimingReservoir other) {
        samples = Arrays.copyOf(other.samples, other.retained());
        count = other.count;
        sumMillis = other.sumMillis;
        minMillis = other.minMillis;
        maxMillis = other.maxMillis;
    }

    TimingReservoir copy() {
        return new TimingReservoir(this);
    }

    /**
     * Adds a time. Algorithm R (Vitter, "Random Sampling with a Reservoir", ACM TOMS 11(1), 1985): the n-th value
     * replaces a random one with probability MAX_SAMPLES / n, which keeps every value equally likely to be held.
     */
    void record(double millis, SplittableRandom random) {
        if (count < ForwardTimingTracker.MAX_SAMPLES) {
            append(millis);
        } else {
            long slot = random.nextLong(count + 1);
            if (slot < samples.length) {
                samples[(int) slot] = millis;
            }
        }
        count++;
        sumMillis += millis;
        minMillis = Math.min(minMillis, millis);
        maxMillis = Math.max(maxMillis, millis);
    }

    long count() {
        return count;
    }

    /** What the times come to; there must be one. */
    TimingStats stats() {
        double[] sorted = Arrays.copyOf(samples, retained());
        Arrays.sort(sorted);
        return new TimingStats(
                count, sumMillis / count, quantile(sorted, 0.50), quantile(sorted, 0.99), minMillis, maxMillis);
    }

    private void append(double millis) {
        if (count == samples.length) {
            samples = Arrays.copyOf(samples, Math.min(2 * samples.length, ForwardTimingTracker.MAX_SAMPLES));
        }
        samples[(int) count] = millis;
    }

    /** How many times are held for the percentiles. */
    int retained() {
        return (int) Math.min(count, ForwardTimingTracker.MAX_SAMPLES);
    }

    /**
     * Linear interpolation between the neighbours of rank fraction * (n - 1), definition 7 of Hyndman and Fan, "Sample
     * Quantiles in Statistical Packages" (1996) and numpy.percentile's default. As there, it starts from the nearer
     * neighbour, so that the results are equal to the last bit.
     */
    private static double quantile(double[] sorted, double fraction) {
        double position = fraction * (sorted.length - 1);
        int below = (int) position;
        double weight = position - below;
        double low = sorted[below];
        double high = sorted[Math.min(below + 1, sorted.length - 1)];
        return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
    }
}
