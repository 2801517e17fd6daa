package io.coxswain.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.bench.PhaseLatencies.Percentiles;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PhaseLatenciesTest {
    private static final Percentiles TEN_MICROS = new Percentiles(10, 10);

    @Test
    void shouldKeepTheFirstAndTheLateStepsApartAndLeaveOutThoseBetween() {
        PhaseLatencies latencies = new PhaseLatencies(2, 4);
        long[] micros = {10, 10, 5_000, 7_000, 20, 20};
        for (int step = 0; step < micros.length; step++) {
            latencies.record(step, TimeUnit.MICROSECONDS.toNanos(micros[step]));
        }
        assertThat(latencies.cold()).isEqualTo(TEN_MICROS);
        assertThat(latencies.warm()).isEqualTo(new Percentiles(20, 20));
    }

    @Test
    void shouldGiveTheMedianAndTheNinetyNinthPercentile() {
        PhaseLatencies latencies = new PhaseLatencies(100, 100);
        for (int step = 0; step < 100; step++) {
            latencies.record(step, TimeUnit.MICROSECONDS.toNanos(step + 1L));
        }
        assertThat(latencies.cold()).isEqualTo(new Percentiles(50, 99));
    }

    @Test
    void shouldSayNothingOfAPhaseThatTheRunDidNotReach() {
        PhaseLatencies latencies = new PhaseLatencies(2, 4);
        latencies.record(0, TimeUnit.MICROSECONDS.toNanos(10));
        assertThat(latencies.warm()).isNull();
    }

    @Test
    void shouldCountAStepThatIsLongerThanItsRange() {
        PhaseLatencies latencies = new PhaseLatencies(1, 1);
        latencies.record(0, TimeUnit.HOURS.toNanos(1));
        assertThat(latencies.cold())
                .isNotNull()
                .extracting(Percentiles::p50Micros)
                .satisfies(micros -> assertThat(micros).isGreaterThan(1e8));
    }
}
