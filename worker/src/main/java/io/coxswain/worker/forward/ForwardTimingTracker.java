package io.coxswain.worker.forward;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * How long forward passes take, by batch size in tokens, and when it is time to log that.
 *
 * <p>Memory is bounded, however long it runs. Count, mean, minimum and maximum are exact at any time. The percentiles
 * are exact up to {@value #MAX_SAMPLES} passes of a batch size; from there on they are those of a uniform random sample
 * of so many out of all passes since {@link #clear()}. A reported percentile p is then the true percentile p plus or
 * minus an error whose standard deviation is sqrt(p * (1 - p) / {@value #MAX_SAMPLES}): 1.6 percentage points at p50,
 * 0.3 at p99. The first {@value #MAX_BATCH_SIZES} different batch sizes are tracked; passes of others are only counted,
 * in {@link #untracked()}, until {@link #clear()} makes room. At 8 bytes a sample that is 32 MiB at worst, and as much
 * again while {@link #stats()} runs.
 *
 * <p>Thread-safe. One lock guards all; {@link #stats()} holds it while it copies, and sorts outside of it.
 */
public final class ForwardTimingTracker {
    /** Time between two logs unless set. */
    public static final Duration DEFAULT_LOG_INTERVAL = Duration.ofSeconds(60);

    /** Samples held for the percentiles of one batch size. */
    public static final int MAX_SAMPLES = 1024;

    /** Batch sizes tracked. */
    public static final int MAX_BATCH_SIZES = 4096;

    private static final Duration LONGEST_LOG_INTERVAL = Duration.ofNanos(Long.MAX_VALUE);

    private final Object lock = new Object();
    private final long logIntervalNanos;
    private final LongSupplier nanoClock;
    // All below are guarded by the lock.
    private final Map<Integer, TimingReservoir> byBatchSize = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom(0);
    private long untracked;
    private boolean hasLogged;
    private long lastLogNanos;

    /**
     * A tracker of its own; the process-wide one is {@link #instance()}.
     *
     * @param logInterval time between two logs, zero (log at every call) or more
     * @param nanoClock a monotonic clock in nanoseconds, such as {@code System::nanoTime}
     * @throws IllegalArgumentException if the interval is negative, or has more nanoseconds than a long
     */
    public ForwardTimingTracker(Duration logInterval, LongSupplier nanoClock) {
        if (logInterval.isNegative() || logInterval.compareTo(LONGEST_LOG_INTERVAL) > 0) {
            throw new IllegalArgumentException(
                    "logInterval is " + logInterval + "; allowed is " + Duration.ZERO + " to " + LONGEST_LOG_INTERVAL);
        }
        this.logIntervalNanos = logInterval.toNanos();
        this.nanoClock = nanoClock;
    }

    /** The tracker of this process, with the default interval. */
    public static ForwardTimingTracker instance() {
        return Holder.INSTANCE;
    }

    /**
     * Records a forward pass.
     *
     * @param batchSize its tokens, 0 or more
     * @param millis how long it took, in milliseconds, finite and 0 or more
     * @throws IllegalArgumentException if a value is out of its range
     */
    public void record(int batchSize, double millis) {
        if (batchSize < 0) {
            throw new IllegalArgumentException("batchSize is " + batchSize + "; allowed is 0 or more");
        }
        if (!(millis >= 0 && millis < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("millis is " + millis + "; allowed is a finite number, 0 or more");
        }
        synchronized (lock) {
            TimingReservoir times = byBatchSize.get(batchSize);
            if (times == null && byBatchSize.size() < MAX_BATCH_SIZES) {
                times = new TimingReservoir();
                byBatchSize.put(batchSize, times);
            }
            if (times == null) {
                untracked++;
            } else {
                times.record(millis, random);
            }
        }
    }

    /** The statistics of each batch size with more than one pass, by ascending batch size; cannot be modified. */
    public NavigableMap<Integer, TimingStats> stats() {
        NavigableMap<Integer, TimingStats> stats = new TreeMap<>();
        copyOfThoseWithSeveral().forEach((batchSize, times) -> stats.put(batchSize, times.stats()));
        return Collections.unmodifiableNavigableMap(stats);
    }

    /** Passes since {@link #clear()} that only this number tells of, for too many batch sizes were seen. */
    public long untracked() {
        synchronized (lock) {
            return untracked;
        }
    }

    /** Whether it is time to log: at the first call, and then once in each interval. A yes starts the next interval. */
    public boolean shouldLog() {
        synchronized (lock) {
            // Read under the lock: a reading older than the last one would look like an interval that is not over.
            long nowNanos = nanoClock.getAsLong();
            if (hasLogged && nowNanos - lastLogNanos < logIntervalNanos) {
                return false;
            }
            hasLogged = true;
            lastLogNanos = nowNanos;
            return true;
        }
    }

    /** Forgets all passes. The log interval goes on. */
    public void clear() {
        synchronized (lock) {
            byBatchSize.clear();
            untracked = 0;
        }
    }

    /** Copied under the lock and sorted by the caller, so that a forward pass does not wait for the sorting. */
    private Map<Integer, TimingReservoir> copyOfThoseWithSeveral() {
        Map<Integer, TimingReservoir> copies = new HashMap<>();
        synchronized (lock) {
            byBatchSize.forEach((batchSize, times) -> {
                if (times.count() > 1) {
                    copies.put(batchSize, times.copy());
                }
            });
        }
        return copies;
    }

    private static final class Holder {
        static final ForwardTimingTracker INSTANCE = new ForwardTimingTracker(DEFAULT_LOG_INTERVAL, System::nanoTime);
    }
}
