package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.worker.report.Summaries;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class JobStateTest {
    private final JobState state = new JobState(0);

    private static GetStatusResponse status(String name) {
        return GetStatusResponse.newBuilder().setState(name).build();
    }

    @Test
    void shouldMeasureFromTheLastLookBeforeTheLoopToTheLastSummary() {
        state.onStatus(status("joining"), 100);
        state.onStatus(status("preparing"), 200);
        state.onStatus(status("running"), 300);
        state.onSummary(Summaries.ofRank(0).build(), 700);
        state.onSummary(Summaries.ofRank(1).build(), 900);
        state.onSummary(Summaries.ofRank(0).build(), 1000);
        state.onStatus(status("stopped"), 1100);

        assertThat(state.wall()).isEqualTo(Duration.ofNanos(700));
    }

    @Test
    void shouldKeepTheFirstFailureAndTheFirstSignal() {
        state.onStatus(status("failed"), 1);
        state.fail("rank 1 ended", new Suspect.Worker(1));
        state.onSignal(2);
        assertThat(state.isInterruptedTwice()).isFalse();
        state.onSignal(15);

        assertThat(state.failure().orElseThrow().what()).isEqualTo("the coordinator has given the job up");
        assertThat(state.signal()).hasValue(2);
        assertThat(state.isInterruptedTwice()).isTrue();
    }

    @Test
    void shouldKnowHowLongTheJobHasBeenStopped() {
        assertThat(state.isStoppedLongerThan(Duration.ZERO, 100)).isFalse();
        state.onStatus(status("stopped"), 100);
        state.onStatus(status("stopped"), 200);

        assertThat(state.isStoppedLongerThan(Duration.ofNanos(150), 250)).isFalse();
        assertThat(state.isStoppedLongerThan(Duration.ofNanos(149), 250)).isTrue();
    }

    @Test
    void shouldKnowSinceWhenNoLeaderHasAnswered() {
        state.onStatus(status("running"), 2_000_000_000L);

        assertThat(state.isUnheardLongerThan(Duration.ofSeconds(3), 5_000_000_000L))
                .isFalse();
        assertThat(state.isUnheardLongerThan(Duration.ofSeconds(3), 5_000_000_001L))
                .isTrue();
    }

    @Test
    void shouldNotCountTheTimeInWhichNoCoordinatorServed() {
        state.coordinatorsServe(90_000_000_000L);

        assertThat(state.isUnheardLongerThan(Duration.ofSeconds(60), 150_000_000_000L))
                .isFalse();
        assertThat(state.isUnheardLongerThan(Duration.ofSeconds(60), 150_000_000_001L))
                .isTrue();
    }

    @Test
    void shouldNotTakeTheWordOfAStandby() {
        state.onStatus(status("running"), 100);
        state.onStatus(status("standby"), 200);

        assertThat(state.status()).contains(status("running"));
        assertThat(state.isUnheardLongerThan(Duration.ofNanos(99), 200)).isTrue();
    }
}
