package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.coxswain.worker.feed.TracePlayer.Totals;
import io.coxswain.worker.feed.TracePlayer.Verdict;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracePlayerTest {
    private static final long ALICE = -7;
    private static final long BOB = 9;
    private static final long SECOND = 1_000_000_000;
    // The clock's zero lies anywhere, so it may overflow during a replay.
    private static final long START = Math.subtractExact(Long.MAX_VALUE, SECOND);

    private final Trace trace = new Trace.Builder("three")
            .add(10, 1, 0)
            .add(20, 2, 3 * SECOND)
            .add(30, 3, 4 * SECOND)
            .build();

    @Test
    void shouldHandOutAllRequestsAtOnceWhereItIsNotPaced() {
        TracePlayer player = unpaced();

        assertThat(player.handOut(ALICE, START)).isEqualTo(new FeedRequest(0, 0, 10, 1));
        assertThat(player.handOut(BOB, START)).isEqualTo(new FeedRequest(1, 0, 20, 2));
        assertThat(player.nanosUntilNext(START)).hasValue(0);
        assertThat(player.handOut(ALICE, START)).isEqualTo(new FeedRequest(2, 0, 30, 3));
        assertThat(player.handOut(ALICE, START)).isNull();
        assertThat(player.nanosUntilNext(START)).isEmpty();
        assertThat(player.isExhausted()).isFalse();
    }

    @Test
    void shouldHandOutARequestWhenItsTimeHasComeInAPacedReplay() {
        TracePlayer player = new TracePlayer(trace, new ReplaySpeed(2));
        assertThat(player.nanosUntilNext(START - 50 * SECOND)).hasValue(0);

        assertThat(player.handOut(ALICE, START)).isNotNull();
        assertThat(player.handOut(ALICE, START)).isNull();
        assertThat(player.nanosUntilNext(START)).hasValue(3 * SECOND / 2);
        assertThat(player.nanosUntilNext(START + SECOND)).hasValue(SECOND / 2);
        assertThat(player.handOut(ALICE, START + 3 * SECOND / 2 - 1)).isNull();
        assertThat(player.handOut(ALICE, START + 3 * SECOND / 2)).isEqualTo(new FeedRequest(1, 0, 20, 2));
        assertThat(player.handOut(ALICE, START + 20 * SECOND)).isEqualTo(new FeedRequest(2, 0, 30, 3));
    }

    @Test
    void shouldTakeBackWhatAMemberWasHandedAndDoesNotHold() {
        TracePlayer player = unpaced();
        handOutAll(player, ALICE);
        player.finish(ALICE, new ExecutedRequest(0, 0, 10, 1));

        assertThat(player.memberHolds(ALICE, Map.of(0L, 0, 2L, 0))).isEqualTo(1);
        assertThat(player.handOut(BOB, START)).isEqualTo(new FeedRequest(1, 1, 20, 2));
        assertThat(player.handOut(BOB, START)).isNull();

        assertThat(player.memberHolds(ALICE, Map.of(1L, 0, 2L, 0)))
                .as("request 1 is another's by now")
                .isZero();
        assertThat(player.finish(ALICE, new ExecutedRequest(1, 0, 20, 2))).isEqualTo(Verdict.STALE);
        assertThat(player.finish(BOB, new ExecutedRequest(1, 1, 20, 2))).isEqualTo(Verdict.COUNTED);
        assertThat(player.finish(ALICE, new ExecutedRequest(2, 0, 30, 3))).isEqualTo(Verdict.COUNTED);
        assertThat(player.totals()).isEqualTo(new Totals(3, 60, 6, 1, 1));
    }

    @Test
    void shouldCountEachRequestOnce() {
        TracePlayer player = unpaced();
        handOutAll(player, ALICE);

        assertThat(player.finish(ALICE, new ExecutedRequest(1, 0, 20, 2))).isEqualTo(Verdict.COUNTED);
        assertThat(player.finish(ALICE, new ExecutedRequest(1, 0, 20, 2))).isEqualTo(Verdict.REPEATED);
        assertThat(player.totals()).isEqualTo(new Totals(1, 20, 2, 0, 0));

        player.finish(ALICE, new ExecutedRequest(2, 0, 30, 3));
        assertThat(player.isExhausted()).isFalse();
        player.finish(ALICE, new ExecutedRequest(0, 0, 10, 1));
        assertThat(player.isExhausted()).isTrue();
        assertThat(player.totals()).isEqualTo(new Totals(3, 60, 6, 0, 0));
    }

    @Test
    void shouldHandOutAgainFirstWhatALostMemberHeld() {
        TracePlayer player = unpaced();
        player.handOut(ALICE, START);
        player.handOut(ALICE, START);
        player.finish(ALICE, new ExecutedRequest(0, 0, 10, 1));

        assertThat(player.memberLost(ALICE)).isEqualTo(1);
        assertThat(player.memberLost(ALICE)).isZero();
        assertThat(player.nanosUntilNext(START)).hasValue(0);
        assertThat(player.handOut(BOB, START)).isEqualTo(new FeedRequest(1, 1, 20, 2));
        assertThat(player.handOut(BOB, START)).isEqualTo(new FeedRequest(2, 0, 30, 3));
    }

    @Test
    void shouldIgnoreAndCountReportsOfAnAttemptThatWasTakenBack() {
        TracePlayer player = unpaced();
        handOutAll(player, ALICE);
        player.memberLost(ALICE);

        assertThat(player.finish(ALICE, new ExecutedRequest(0, 0, 10, 1))).isEqualTo(Verdict.STALE);
        handOutAll(player, BOB);
        assertThat(player.finish(ALICE, new ExecutedRequest(0, 0, 10, 1))).isEqualTo(Verdict.STALE);
        assertThat(player.finish(BOB, new ExecutedRequest(0, 1, 10, 1))).isEqualTo(Verdict.COUNTED);
        assertThat(player.totals()).isEqualTo(new Totals(1, 10, 1, 3, 2));
    }

    @Test
    void shouldRefuseWhatAMemberCannotHaveFinished() {
        TracePlayer player = unpaced();
        player.handOut(ALICE, START);

        assertRefused(player, ALICE, new ExecutedRequest(3, 0, 1, 1), "finished request 3 is unknown");
        assertRefused(player, ALICE, new ExecutedRequest(-1, 0, 1, 1), "request 18446744073709551615 is unknown");
        assertRefused(player, ALICE, new ExecutedRequest(1, 0, 20, 2), "attempt 0, was not handed out");
        assertRefused(player, ALICE, new ExecutedRequest(0, 1, 10, 1), "attempt 1, was not handed out");
        assertRefused(player, ALICE, new ExecutedRequest(0, -1, 10, 1), "attempt is 4294967295");
        assertRefused(player, BOB, new ExecutedRequest(0, 0, 10, 1), "was not handed out to this member");
        assertRefused(player, ALICE, new ExecutedRequest(0, 0, 9, 1), "prompt_tokens is 9; the trace has 10");
        assertRefused(player, ALICE, new ExecutedRequest(0, 0, 10, 2), "generated_tokens is 2; the trace has 1");
        assertThat(player.totals()).isEqualTo(new Totals(0, 0, 0, 0, 0));
    }

    @Test
    void shouldBeExhaustedFromTheBeginningWithoutRequests() {
        TracePlayer player = new TracePlayer(new Trace.Builder("none").build(), new ReplaySpeed(1));
        assertThat(player.isExhausted()).isTrue();
        assertThat(player.handOut(ALICE, START)).isNull();
        assertThat(player.nanosUntilNext(START)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 0.0009, 1_000_001, Double.NaN, Double.NEGATIVE_INFINITY})
    void shouldRefuseASpeedOutOfRange(double factor) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReplaySpeed(factor))
                .withMessage("speed is " + factor + "; allowed are 0.001 to 1000000");
    }

    private TracePlayer unpaced() {
        return new TracePlayer(trace, ReplaySpeed.AS_FAST_AS_POSSIBLE);
    }

    private void handOutAll(TracePlayer player, long member) {
        for (int request = 0; request < trace.size(); request++) {
            assertThat(player.handOut(member, START)).isNotNull();
        }
    }

    private static void assertRefused(TracePlayer player, long member, ExecutedRequest executed, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> player.finish(member, executed))
                .withMessageContaining(reason);
    }
}
