package io.coxswain.worker.step;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SilenceWatchTest {
    private static final long START = Long.MAX_VALUE - 50;

    private final SilenceWatch watch = new SilenceWatch(10, 100, START);

    @Test
    void shouldBePatientUntilTheTimeout() {
        for (long now = 10; now <= 100; now += 10) {
            assertThat(watch.tick(at(now))).isFalse();
        }
        assertThat(watch.tick(at(101))).isTrue();
    }

    @Test
    void shouldCountFromWhatWasHeardLast() {
        for (long now = 10; now <= 100; now += 10) {
            assertThat(watch.tick(at(now))).isFalse();
        }
        watch.heard(at(100));

        for (long now = 110; now <= 200; now += 10) {
            assertThat(watch.tick(at(now))).isFalse();
        }
        assertThat(watch.tick(at(210))).isTrue();
    }

    @Test
    void shouldStartAnewAfterAGapInItsOwnTicks() {
        assertThat(watch.tick(at(10))).isFalse();

        assertThat(watch.tick(at(10_000))).isFalse();
        assertThat(watch.tick(at(10_050))).isFalse();
        assertThat(watch.tick(at(10_100))).isFalse();
        assertThat(watch.tick(at(10_101))).isTrue();
    }

    @Test
    void shouldNotTakeALateTickForAGap() {
        assertThat(watch.tick(at(40))).isFalse();
        assertThat(watch.tick(at(80))).isFalse();
        assertThat(watch.tick(at(120))).isTrue();
    }

    /** Near the end of the clock's numbers, which it may pass at any time. */
    private static long at(long nanos) {
        return START + nanos;
    }
}
