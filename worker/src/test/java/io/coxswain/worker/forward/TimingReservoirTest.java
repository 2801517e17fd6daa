package io.coxswain.worker.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TimingReservoirTest {
    private final SplittableRandom random = new SplittableRandom(1);
    private final TimingReservoir reservoir = new TimingReservoir();

    @Test
    void shouldRetainEverySampleUpToTheBoundAndNoMore() {
        for (int i = 1; i <= 3 * ForwardTimingTracker.MAX_SAMPLES; i++) {
            reservoir.record(i, random);
            assertThat(reservoir.retained()).isEqualTo(Math.min(i, ForwardTimingTracker.MAX_SAMPLES));
        }
        assertThat(reservoir.count()).isEqualTo(3L * ForwardTimingTracker.MAX_SAMPLES);
    }

    @Test
    void shouldCopyWhatItHoldsAndNotWhatComesAfter() {
        reservoir.record(1, random);
        reservoir.record(3, random);
        TimingReservoir copy = reservoir.copy();
        reservoir.record(500, random);

        assertThat(copy.stats()).isEqualTo(new TimingStats(2, 2, 2, 2.98, 1, 3));
    }
}
