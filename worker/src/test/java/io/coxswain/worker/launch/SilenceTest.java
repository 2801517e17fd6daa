package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SilenceTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Silence silence = new Silence(Duration.ofSeconds(5), 0);

    @Test
    void shouldTakeForLostWhoIsNotHeardOfForLongerThanTheLimit() {
        for (int second = 1; second <= 5; second++) {
            assertThat(silence.isTooLong(second * SECOND)).isFalse();
        }
        assertThat(silence.isTooLong(6 * SECOND)).isTrue();
    }

    @Test
    void shouldCountFromTheLastWord() {
        assertThat(silence.isTooLong(2 * SECOND)).isFalse();
        silence.heard(3 * SECOND);
        assertThat(silence.isTooLong(4 * SECOND)).isFalse();
        assertThat(silence.isTooLong(6 * SECOND)).isFalse();
        assertThat(silence.isTooLong(8 * SECOND)).isFalse();
        assertThat(silence.isTooLong(9 * SECOND)).isTrue();
    }

    @Test
    void shouldJudgeNobodyByAPauseOfItsOwn() {
        assertThat(silence.isTooLong(2 * SECOND)).isFalse();

        assertThat(silence.isTooLong(60 * SECOND))
                .as("this process was stopped")
                .isFalse();
        assertThat(silence.isTooLong(62 * SECOND)).isFalse();
        assertThat(silence.isTooLong(64 * SECOND)).isFalse();
        assertThat(silence.isTooLong(66 * SECOND)).isTrue();
    }
}
