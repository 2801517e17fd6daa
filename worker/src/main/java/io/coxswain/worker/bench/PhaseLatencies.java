package io.coxswain.worker.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Latencies of a run's first steps and of its late ones, apart: the JVM needs tens of thousands of steps to compile what a
 * step needs. Memory does not grow with the steps.
 *
 * <p>Owned by the thread that records.
 */
final class PhaseLatencies {
    private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final int SIGNIFICANT_DIGITS = 3;

    private final long coldSteps;
    private final long warmAfter;
    private final Histogram cold = new Histogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS);
    private final Histogram warm = new Histogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS);

    /**
     * @param coldSteps the first steps, which are cold
     * @param warmAfter steps before those that are warm
     */
    PhaseLatencies(long coldSteps, long warmAfter) {
        this.coldSteps = coldSteps;
        this.warmAfter = warmAfter;
    }

    /**
     * Percentiles of one phase.
     *
     * @param p50Micros median, in microseconds
     * @param p99Micros 99th percentile, in microseconds
     */
    record Percentiles(
            @JsonProperty("p50_us") double p50Micros,
            @JsonProperty("p99_us") double p99Micros) {}

    void record(long step, long nanos) {
        long recorded = Math.min(nanos, HIGHEST_NANOS);
        if (step < coldSteps) {
            cold.recordValue(recorded);
        }
        if (step >= warmAfter) {
            warm.recordValue(recorded);
        }
    }

    /** Null where no step was cold. */
    @Nullable
    Percentiles cold() {
        return percentiles(cold);
    }

    /** Null where no step was warm. */
    @Nullable
    Percentiles warm() {
        return percentiles(warm);
    }

    private static @Nullable Percentiles percentiles(Histogram nanos) {
        return nanos.getTotalCount() == 0 ? null : new Percentiles(micros(nanos, 50), micros(nanos, 99));
    }

    private static double micros(Histogram nanos, double percentile) {
        return Math.round(nanos.getValueAtPercentile(percentile) / 100.0) / 10.0;
    }
}
