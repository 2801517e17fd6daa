package io.coxswain.coordinator.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.TestTimeouts;
import io.coxswain.coordinator.rehearsal.TakeoverRehearsal.Plan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator's own services are what is played with, so that a play that comes to its end is a test of them. */
class TakeoverRehearsalTest {

    private static final GroupConfig.Timeouts TIMEOUTS = TestTimeouts.allOf(TimeUnit.SECONDS.toNanos(60));

    @TempDir
    private Path jobs;

    @AfterEach
    void leavesNothingBehind() {
        assertThat(jobs).isEmptyDirectory();
    }

    @Test
    void shouldTakeOverFromItselfAsOftenAsPlanned() throws Exception {
        TakeoverRehearsal.play(new Plan(5, 20, Duration.ofSeconds(60)), jobs, TIMEOUTS, () -> false);
    }

    @Test
    void shouldEndWhereTheProcessIsNeededForARealTakeover() throws Exception {
        var asked = new AtomicInteger();
        var endless = new Plan(Integer.MAX_VALUE, 1, Duration.ofSeconds(60));
        TakeoverRehearsal.play(endless, jobs, TIMEOUTS, () -> asked.incrementAndGet() > 3);
        assertThat(asked).hasValue(4);
    }

    @Test
    void shouldSayWhatDidNotComeInTime() {
        var endless = new Plan(1, Integer.MAX_VALUE, Duration.ofMillis(300));
        assertThatThrownBy(() -> TakeoverRehearsal.play(endless, jobs, TIMEOUTS, () -> false))
                .isInstanceOf(TimeoutException.class)
                .hasMessage("the steps of term 1 did not come within PT0.3S");
    }

    @Test
    void shouldRefuseAPlanOfNothing() {
        assertThatThrownBy(() -> new Plan(0, 1, Duration.ofSeconds(1)))
                .hasMessageContaining("0 takeovers of 1 steps within PT1S");
    }
}
