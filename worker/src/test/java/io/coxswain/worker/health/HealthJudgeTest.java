package io.coxswain.worker.health;

import static io.coxswain.worker.health.HealthService.LIVENESS;
import static io.coxswain.worker.health.HealthService.READINESS;
import static io.coxswain.worker.health.HealthService.STARTUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.health.VitalSigns.Forward;
import io.coxswain.worker.health.VitalSigns.Reading;
import io.coxswain.worker.health.VitalSigns.Stage;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthJudgeTest {

    private static final Duration TICK = Duration.ofMillis(500);
    private static final HealthLimits LIMITS =
            new HealthLimits(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(30));

    private long nowNanos = -7_000_000_000L;
    private long turns;
    private long steps = 5;
    private Stage stage = Stage.RUNNING;
    private Forward forward = Forward.OUTSIDE;
    private final HealthJudge judge = new HealthJudge(LIMITS, TICK, reading(), nowNanos);

    private Reading reading() {
        return new Reading(stage, forward, 3, steps, steps + " " + forward, turns);
    }

    private boolean serves(HealthService service) {
        return judge.serves(service, reading(), nowNanos);
    }

    /** Time goes by in which nothing happens but that the judge ticks and the event loop turns. */
    private void pass(Duration time) {
        for (Duration gone = Duration.ZERO; gone.compareTo(time) < 0; gone = gone.plus(TICK)) {
            turns++;
            tick();
        }
    }

    private void tick() {
        nowNanos += TICK.toNanos();
        judge.tick(reading(), nowNanos);
    }

    @ParameterizedTest
    @CsvSource({"STARTING, false", "WAITING, true", "RUNNING, true", "IDLE, true"})
    void shouldHaveBegunOnceItAsksToBeTaken(Stage where, boolean begun) {
        stage = where;

        assertThat(serves(STARTUP)).isEqualTo(begun);
    }

    @ParameterizedTest
    @CsvSource({"STARTING, false", "WAITING, false", "RUNNING, true", "IDLE, true"})
    void shouldBeReadyInARunningEpochOnly(Stage where, boolean ready) {
        stage = where;

        assertThat(serves(READINESS)).isEqualTo(ready);
    }

    @Test
    void shouldNotBeReadyOnceNoStepProgressesForTheLimit() {
        pass(Duration.ofSeconds(10));
        assertThat(serves(READINESS)).isTrue();

        pass(Duration.ofSeconds(1));
        assertThat(serves(READINESS)).isFalse();
        assertThat(serves(LIVENESS)).isTrue();
    }

    @Test
    void shouldBeReadyAgainWithTheNextMove() {
        pass(Duration.ofSeconds(20));
        steps++;

        assertThat(serves(READINESS)).isTrue();
    }

    @Test
    void shouldBeReadyHoweverLongThereIsNoWork() {
        stage = Stage.IDLE;
        pass(Duration.ofHours(1));

        assertThat(serves(READINESS)).isTrue();
    }

    @Test
    void shouldNotBeReadyAfterAPauseUntilStepsAreDecidedThatWereNotUnderWay() {
        nowNanos += Duration.ofSeconds(3).toNanos();
        assertThat(serves(READINESS)).isFalse();

        tick();
        assertThat(serves(READINESS)).isFalse();

        steps++; // what was decided before the pause, and had not been read
        tick();
        assertThat(serves(READINESS)).isFalse();

        steps++;
        tick();
        assertThat(serves(READINESS)).isTrue();
    }

    @Test
    void shouldTakeNoStepBetweenTheLastTickAndAPauseForOneAfterIt() {
        steps += 40;
        nowNanos += Duration.ofSeconds(3).toNanos();
        tick();
        assertThat(serves(READINESS)).isFalse();

        steps += 2;
        assertThat(serves(READINESS)).isTrue();
    }

    @Test
    void shouldBeReadyAgainAfterAPauseInWhichThereWasNoWork() {
        stage = Stage.IDLE;
        nowNanos += Duration.ofSeconds(3).toNanos();
        tick();
        assertThat(serves(READINESS)).isFalse();

        pass(Duration.ofSeconds(3));
        assertThat(serves(READINESS)).isTrue();
    }

    @Test
    void shouldStayAliveThroughAPause() {
        forward = Forward.IN_PASS;
        pass(Duration.ofSeconds(1));
        nowNanos += Duration.ofHours(1).toNanos();

        assertThat(serves(LIVENESS)).isTrue();
        tick();
        assertThat(serves(LIVENESS)).isTrue();
    }

    @Test
    void shouldNotBeAliveInAForwardPassThatWillNotEnd() {
        forward = Forward.IN_PASS;
        tick();
        pass(Duration.ofSeconds(60));
        assertThat(serves(LIVENESS)).isTrue();

        pass(Duration.ofSeconds(1));
        assertThat(serves(LIVENESS)).isFalse();
    }

    @Test
    void shouldStayAliveThroughManyPasses() {
        for (int pass = 0; pass < 10; pass++) {
            forward = Forward.IN_PASS;
            pass(Duration.ofSeconds(50));
            forward = Forward.OUTSIDE;
            steps++;
            tick();
        }

        assertThat(serves(LIVENESS)).isTrue();
    }

    @Test
    void shouldStayAliveHoweverLongItWaitsForOthers() {
        stage = Stage.WAITING;
        pass(Duration.ofHours(1));

        assertThat(serves(LIVENESS)).isTrue();
    }

    @Test
    void shouldNotBeAliveOnceItsEventLoopStandsStill() {
        for (int tick = 0; tick <= 60; tick++) {
            assertThat(serves(LIVENESS)).isTrue();
            tick();
        }

        assertThat(serves(LIVENESS)).isFalse();
    }
}
