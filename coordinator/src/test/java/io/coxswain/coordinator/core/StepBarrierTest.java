package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.types.CudaGraphMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the barrier does that no golden scenario shows. */
class StepBarrierTest {

    private static final TermId TERM = new TermId(1, 0xc0);
    private static final EpochId EPOCH = new EpochId(TERM, 1);
    private static final int RUNS_BETWEEN_CAPTURES = 64;
    private static final GraphKey SMALL = piece(8);
    private static final GraphKey LARGE = piece(16);

    @Test
    void shouldCaptureInPlaceOfTheStepUntilNothingIsMissing() {
        StepBarrier barrier = barrier(CapturedSet.ALL, CapturedSet.of(List.of()));

        Decision first = step(barrier, null);
        Decision second = step(barrier, CapturedSet.of(List.of(LARGE)));
        Decision third = step(barrier, CapturedSet.of(List.of(LARGE, SMALL)));

        assertThat(first.action()).isEqualTo(Action.CAPTURE);
        assertThat(first.graph()).isEqualTo(LARGE);
        assertThat(first.numTokensAcrossDp()).isEmpty();
        assertThat(first.reason().kind()).isEqualTo(Reason.Kind.GRAPH_TO_CAPTURE);
        assertThat(second.action()).isEqualTo(Action.CAPTURE);
        assertThat(second.graph()).isEqualTo(SMALL);
        assertThat(third.action()).isEqualTo(Action.RUN);
        assertThat(third.graph()).isEqualTo(SMALL);
        assertThat(barrier.openStep()).as("each of them was a step").isEqualTo(3);
    }

    @Test
    void shouldAskForNoGraphTwiceAndRunWithoutIt() {
        StepBarrier barrier = barrier(CapturedSet.ALL, CapturedSet.of(List.of()));

        assertThat(step(barrier, null).graph()).isEqualTo(LARGE);
        assertThat(step(barrier, null).graph()).isEqualTo(SMALL);
        for (int run = 0; run < 3 * RUNS_BETWEEN_CAPTURES; run++) {
            Decision decision = step(barrier, null);
            assertThat(decision.action()).isEqualTo(Action.RUN);
            assertThat(decision.graph()).as("what a rank lacks does not exist").isNull();
        }
    }

    @Test
    void shouldCaptureWhatIsLostLaterOneNowAndThen() {
        StepBarrier barrier = barrier(CapturedSet.ALL, CapturedSet.ALL);
        assertThat(step(barrier, null).action()).isEqualTo(Action.RUN);

        List<Integer> captures = new ArrayList<>();
        for (int step = 1; step <= 3 * RUNS_BETWEEN_CAPTURES; step++) {
            if (step(barrier, step == 1 ? CapturedSet.of(List.of()) : null).action() == Action.CAPTURE) {
                captures.add(step);
            }
        }

        assertThat(captures).containsExactly(RUNS_BETWEEN_CAPTURES, 2 * RUNS_BETWEEN_CAPTURES + 1);
    }

    @Test
    void shouldServeFirstWhereAnEpochFollowsAnother() {
        StepBarrier barrier = barrier(
                Batches.settings(GraphModeSetting.PIECEWISE, 8, 16),
                CapturePace.WHILE_SERVING,
                CapturedSet.ALL,
                CapturedSet.of(List.of()));

        List<Integer> captures = new ArrayList<>();
        for (int step = 1; step <= 3 * RUNS_BETWEEN_CAPTURES; step++) {
            if (step(barrier, null).action() == Action.CAPTURE) {
                captures.add(step);
            }
        }

        assertThat(captures).containsExactly(RUNS_BETWEEN_CAPTURES + 1, 2 * RUNS_BETWEEN_CAPTURES + 2);
    }

    @Test
    void shouldSayInHowManyPartsATwinIsCaptured() {
        DecisionSettings settings = DecisionSettings.builder()
                .graphMode(GraphModeSetting.FULL_DECODE_ONLY)
                .captureSizes(List.of(8))
                .microbatches(2)
                .decodeThreshold(4)
                .build();
        StepBarrier barrier = barrier(settings, CapturePace.BEFORE_SERVING, CapturedSet.ALL, CapturedSet.of(List.of()));

        GraphKey whole = new GraphKey(CudaGraphMode.FULL, 8, 8, 1, false);
        GraphKey twin = new GraphKey(CudaGraphMode.FULL, 8, 8, 1, true);
        assertThat(step(barrier, null))
                .extracting(Decision::graph, Decision::microbatches)
                .containsExactly(whole, 1);
        assertThat(step(barrier, null))
                .extracting(Decision::graph, Decision::microbatches)
                .containsExactly(twin, 2);
    }

    @Test
    void shouldNotCaptureWhileNobodyHasTokens() {
        StepBarrier barrier = barrier(CapturedSet.ALL, CapturedSet.of(List.of()));

        report(barrier, 0, Batches.none(), null);
        report(barrier, 1, Batches.none(), null);

        assertThat(barrier.decide(TERM, EPOCH).decision().action()).isEqualTo(Action.IDLE);
    }

    @Test
    void shouldUseAGraphOnceTheLastRankHasIt() {
        StepBarrier barrier = barrier(CapturedSet.of(List.of(SMALL)), CapturedSet.of(List.of(LARGE)));

        assertThat(step(barrier, null).graph()).isEqualTo(LARGE);
        assertThat(step(barrier, CapturedSet.of(List.of(LARGE, SMALL))).graph())
                .as("rank 0 has not got the large one")
                .isEqualTo(SMALL);
    }

    @Test
    void shouldMeasureHowLateEachRankIs() {
        StepBarrier barrier = barrier(CapturedSet.ALL, CapturedSet.ALL);

        barrier.report(1, reportOf(barrier, Batches.prefill(3), null), 1_000);
        assertThat(barrier.hasReported(0)).isFalse();
        assertThat(barrier.hasWork()).isTrue();
        barrier.report(0, reportOf(barrier, Batches.prefill(4), null), 1_250);

        assertThat(barrier.latenessNanos(0)).isEqualTo(250);
        assertThat(barrier.latenessNanos(1)).isZero();
        assertThat(barrier.reportedTokens()).isEqualTo(7);
    }

    @Test
    void shouldRefuseMoreRequestsAndOtherVotesThanTheJobHas() {
        StepBarrier barrier = barrier(CapturedSet.ALL, CapturedSet.ALL);

        assertThat(barrier.report(0, reportOf(barrier, Batches.decode(257), null), 0))
                .isEqualTo(StepBarrier.Outcome.REFUSED);
        assertThat(barrier.refusal())
                .isEqualTo(new StepRefusal(
                        StepRefusal.Kind.INVALID,
                        0,
                        "report of step 0: num_requests is 257; allowed are 0 to max_requests 256"));
        assertThat(barrier.report(0, reportOf(barrier, Batches.idle(1), null), 0))
                .isEqualTo(StepBarrier.Outcome.REFUSED);
        assertThat(barrier.refusal().reason())
                .isEqualTo("report of step 0: votes has 1 entries; the job's settings have 0");
        assertThat(barrier.hasReported(0)).isFalse();
    }

    /** Both ranks run 5 tokens, and rank 1 has these graphs from now on. */
    private static Decision step(StepBarrier barrier, @Nullable CapturedSet ofRankOne) {
        assertThat(report(barrier, 0, Batches.prefill(5), null)).isEqualTo(StepBarrier.Outcome.WAITING);
        assertThat(report(barrier, 1, Batches.prefill(5), ofRankOne)).isEqualTo(StepBarrier.Outcome.COMPLETE);
        return barrier.decide(TERM, EPOCH).decision();
    }

    private static StepBarrier.Outcome report(
            StepBarrier barrier, int rank, RankFacts facts, @Nullable CapturedSet captured) {
        return barrier.report(rank, reportOf(barrier, facts, captured), 0);
    }

    private static StepReport reportOf(StepBarrier barrier, RankFacts facts, @Nullable CapturedSet captured) {
        return new StepReport(TERM, EPOCH, barrier.openStep(), 0, facts, captured);
    }

    private static StepBarrier barrier(CapturedSet... captured) {
        DecisionSettings settings = Batches.settings(GraphModeSetting.PIECEWISE, 8, 16);
        return barrier(settings, CapturePace.BEFORE_SERVING, captured);
    }

    private static StepBarrier barrier(DecisionSettings settings, CapturePace pace, CapturedSet... captured) {
        return new StepBarrier(new JobSettings(captured.length, settings, 2_048, Map.of()), captured, pace);
    }

    private static GraphKey piece(int tokens) {
        return new GraphKey(CudaGraphMode.PIECEWISE, tokens, GraphKey.ANY, GraphKey.ANY, false);
    }
}
