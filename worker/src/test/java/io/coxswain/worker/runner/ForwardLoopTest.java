package io.coxswain.worker.runner;

import static io.coxswain.worker.runner.ScriptedSteps.decide;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.types.BatchDescriptor;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.v1.Action;
import io.coxswain.v1.Gather;
import io.coxswain.v1.GraphMode;
import io.coxswain.v1.Phase;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepReport;
import io.coxswain.worker.collective.CollectiveAbortedException;
import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.forward.DpMetadata;
import io.coxswain.worker.forward.ForwardContext;
import io.coxswain.worker.forward.ForwardTimingTracker;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import io.coxswain.worker.step.StepException;
import io.coxswain.worker.step.StepStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ForwardLoopTest {

    private static final FeedRequest REQUEST = new FeedRequest(7, 0, 3, 2);
    private static final ExecutedRequest EXECUTED = new ExecutedRequest(7, 0, 3, 2);

    private final ManualClock clock = new ManualClock();
    private final Batcher batcher = new Batcher(BatchLimits.DEFAULT);
    private final RankStatistics statistics =
            new RankStatistics(new ForwardTimingTracker(Duration.ofSeconds(60), clock));
    private final StubFeed feed = new StubFeed(1);
    private volatile Runnable wakeUp = () -> {};

    /** A clock that each reading moves on by a microsecond. */
    private static final class ManualClock implements LongSupplier {
        private long nanos;

        @Override
        public long getAsLong() {
            nanos += 1_000;
            return nanos;
        }
    }

    @Test
    void shouldRunEachStepAsDecidedUntilTheJobStops() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) -> {
            switch ((int) report.getStep()) {
                case 0 -> decide(report, down, graph(run(Gather.GATHER_PADDED, 4, 4), GraphMode.GRAPH_MODE_FULL, 4));
                case 1 -> decide(report, down, run(Gather.GATHER_VARIABLE, 5, 1));
                default -> decide(report, down, stop());
            }
        })) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            assertThat(steps.reports()).extracting(StepReport::getNumTokens).containsExactly(3, 1, 0);
            assertThat(steps.reports())
                    .extracting(StepReport::getVotesList)
                    .containsExactly(List.of(0L), List.of(0L), List.of(1L));
            assertThat(model.passes)
                    .extracting(RecordingModel.Pass::tokens)
                    .containsExactly(List.of("7@0", "7@1", "7@2"), List.of("7@3"));
            assertThat(model.passes)
                    .extracting(RecordingModel.Pass::rows)
                    .containsExactly(List.of(4, 4), List.of(5, 1));
            assertThat(model.passes)
                    .extracting(RecordingModel.Pass::layout)
                    .containsExactly(ForwardShape.Layout.PADDED, ForwardShape.Layout.VARIABLE);
            assertThat(feed.finished).containsExactly(EXECUTED);
            assertThat(feed.progress).containsExactly(new StubFeed.Progress(1, 3, 4), new StubFeed.Progress(2, 4, 5));
        }
    }

    @Test
    void shouldPadAnEagerStepToTheLargestCountWhereTheGatherIsPadded() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) -> decide(
                report,
                down,
                report.getStep() == 0 ? run(Gather.GATHER_PADDED, 5, 3).setMicrobatches(2) : stop()))) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            RecordingModel.Pass pass = model.passes.get(0);
            assertThat(pass.rows()).containsExactly(5, 5);
            assertThat(pass.microbatches()).isEqualTo(2);
            assertThat(pass.context().batchDescriptor()).isEmpty();
            assertThat(pass.context().numTokens()).isEqualTo(3);
            assertThat(feed.progress).containsExactly(new StubFeed.Progress(1, 3, 5));
        }
    }

    @Test
    void shouldReplaceItsZeroReportWhenWorkArrivesWhileItIsIdle() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {
            if (report.getStep() == 1) {
                decide(report, down, stop());
            } else if (report.getRevision() == 1) {
                decide(
                        report,
                        down,
                        run(Gather.GATHER_VARIABLE, 1, 3).addRevisions(0).addRevisions(1));
            } else {
                feed.arrive(REQUEST);
                wake();
            }
        })) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            assertThat(steps.reports()).extracting(ForwardLoopTest::text).startsWith("0/0:0", "0/1:3");
            assertThat(model.passes)
                    .extracting(RecordingModel.Pass::tokens)
                    .containsExactly(List.of("7@0", "7@1", "7@2"));
        }
    }

    @Test
    void shouldRunPaddingOnlyWhenTheDecisionCrossedItsReplacement() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {
            if (report.getStep() == 2) {
                decide(report, down, stop());
            } else if (report.getStep() == 1) {
                decide(report, down, run(Gather.GATHER_PADDED, 4, 4));
            } else if (report.getRevision() == 1) {
                decide(report, down, run(Gather.GATHER_PADDED, 4, 4)); // on revision 0 of both ranks
            } else {
                feed.arrive(REQUEST);
                wake();
            }
        })) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            assertThat(model.passes)
                    .extracting(RecordingModel.Pass::tokens)
                    .containsExactly(List.of(), List.of("7@0", "7@1", "7@2"));
            assertThat(model.passes).extracting(RecordingModel.Pass::rows).containsOnly(List.of(4, 4));
            assertThat(feed.progress).containsExactly(new StubFeed.Progress(1, 0, 4), new StubFeed.Progress(2, 3, 8));
            assertThat(steps.reports()).extracting(ForwardLoopTest::text).startsWith("0/0:0", "0/1:3", "1/0:3");
        }
    }

    @Test
    void shouldReportTheNextStepAfterAnIdleDecision() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {
            if (report.getStep() == 0) {
                decide(report, down, decision(Action.ACTION_IDLE));
            } else if (report.getStep() == 2) {
                decide(report, down, stop());
            } else if (report.getRevision() == 1) {
                decide(
                        report,
                        down,
                        run(Gather.GATHER_PADDED, 1, 3).addRevisions(0).addRevisions(1));
            } else {
                feed.arrive(REQUEST);
                wake();
            }
        })) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            assertThat(steps.reports()).extracting(ForwardLoopTest::text).startsWith("0/0:0", "1/0:0", "1/1:3");
            assertThat(model.passes).hasSize(1);
            assertThat(summary().getIdleDecisions()).isEqualTo(1);
            assertThat(summary().getSteps()).isEqualTo(1);
        }
    }

    @Test
    void shouldKeepItsWorkWhenAnIdleDecisionCrossedItsReplacement() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {
            if (report.getStep() == 2) {
                decide(report, down, stop());
            } else if (report.getStep() == 1) {
                decide(report, down, run(Gather.GATHER_VARIABLE, 0, 3));
            } else if (report.getRevision() == 1) {
                decide(report, down, decision(Action.ACTION_IDLE)); // on revision 0 of both ranks
            } else {
                feed.arrive(REQUEST);
                wake();
            }
        })) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            assertThat(steps.reports()).extracting(ForwardLoopTest::text).startsWith("0/0:0", "0/1:3", "1/0:3");
            assertThat(model.passes)
                    .extracting(RecordingModel.Pass::tokens)
                    .containsExactly(List.of("7@0", "7@1", "7@2"));
        }
    }

    @Test
    void shouldTakePartWithPaddingWhileItHasNothingToRun() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {
            if (report.getStep() == 1) {
                feed.end();
                decide(report, down, stop());
            } else {
                decide(report, down, run(Gather.GATHER_PADDED, 6, 0));
            }
        })) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            RecordingModel.Pass pass = model.passes.get(0);
            assertThat(pass.tokens()).isEmpty();
            assertThat(pass.rows()).containsExactly(6, 6);
            assertThat(feed.finished).isEmpty();
        }
    }

    @Test
    void shouldReplaceItsVotesWhenTheFeedIsExhaustedMeanwhile() throws Exception {
        try (var steps = ScriptedSteps.start((report, down) -> {
            if (report.getRevision() == 1) {
                decide(report, down, stop().addRevisions(0).addRevisions(1));
            } else {
                feed.end();
                wake();
            }
        })) {
            runLoop(steps, new RecordingModel(steps.phases()));

            assertThat(steps.reports()).extracting(ForwardLoopTest::text).containsExactly("0/0:0", "0/1:0");
            assertThat(steps.reports()).extracting(StepReport::getVotesList).containsExactly(List.of(0L), List.of(1L));
        }
    }

    @Test
    void shouldMakeTheDecisionTheContextOfTheForwardPass() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) -> decide(
                report,
                down,
                report.getStep() == 0
                        ? graph(run(Gather.GATHER_PADDED, 4, 4), GraphMode.GRAPH_MODE_PIECEWISE, 4)
                        : stop()))) {
            var model = new RecordingModel(steps.phases());

            runLoop(steps, model);

            ForwardContext context = model.passes.get(0).context();
            assertThat(context.batchDescriptor()).contains(BatchDescriptor.of(4));
            assertThat(context.graphMode()).isEqualTo(CudaGraphMode.PIECEWISE);
            assertThat(context.numTokens()).isEqualTo(4);
            assertThat(context.dpMetadata()).contains(DpMetadata.make(2, 1, 4, new int[] {4, 4}));
            assertThat(context.startNanos()).isPresent();
            assertThat(ForwardContext.isAvailable()).isFalse();
        }
    }

    @Test
    void shouldCloseTheContextAndCommitNothingWhenTheModelFails() throws Exception {
        feed.arrive(REQUEST);
        try (var steps =
                ScriptedSteps.start((report, down) -> decide(report, down, run(Gather.GATHER_VARIABLE, 1, 3)))) {
            var model = new RecordingModel(steps.phases()) {
                @Override
                public Execution forward(TokenBatch batch, ForwardShape shape, @Nullable GraphKey graph) {
                    super.forward(batch, shape, graph);
                    throw new CollectiveAbortedException("the epoch is over");
                }
            };

            assertThatThrownBy(() -> runLoop(steps, model))
                    .isInstanceOf(CollectiveAbortedException.class)
                    .hasMessage("the epoch is over");

            assertThat(model.passes).hasSize(1);
            assertThat(ForwardContext.isAvailable()).isFalse();
            assertThat(summary().getSteps()).isZero();
            assertThat(summary().getAbortedTokens()).isEqualTo(3);
            assertThat(batcher.forwardTokens()).isZero();
            assertThat(batcher.isEmpty()).isFalse();
        }
    }

    @Test
    void shouldTellWhenAPassIsLaunchedAndWhenItIsDone() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) ->
                decide(report, down, report.getStep() == 0 ? run(Gather.GATHER_VARIABLE, 1, 3) : stop()))) {
            var model = new RecordingModel(steps.phases());
            List<Phase> afterPass = new ArrayList<>();
            feed.onProgress(() -> afterPass.add(steps.phases().heartbeat().getPhase()));

            runLoop(steps, model);

            assertThat(model.passes).extracting(RecordingModel.Pass::phase).containsExactly(Phase.PHASE_LAUNCHED);
            assertThat(afterPass).containsExactly(Phase.PHASE_DONE);
        }
    }

    @Test
    void shouldMeasureAgreementsOnlyWhereNobodyWaitedForWork() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) ->
                decide(report, down, report.getStep() < 2 ? run(Gather.GATHER_VARIABLE, 1, 3) : stop()))) {
            runLoop(steps, new RecordingModel(steps.phases()));
        }

        // The first step of a loop follows a wait for the others; in the second the clock is read once on each side.
        Histogram agreement = decode(summary().getAgreementHistogram().asReadOnlyByteBuffer());
        assertThat(agreement.getTotalCount()).isEqualTo(1);
        assertThat(agreement.getMaxValue()).isEqualTo(1_000);
        Histogram step = decode(summary().getStepHistogram().asReadOnlyByteBuffer());
        assertThat(step.getTotalCount()).isEqualTo(1);
        assertThat(step.getMaxValue()).isEqualTo(2_000);
    }

    @Test
    void shouldCaptureInPlaceOfAStepAndSayWhatItHas() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) -> {
            switch ((int) report.getStep()) {
                case 0 ->
                    decide(
                            report,
                            down,
                            graph(decision(Action.ACTION_CAPTURE), GraphMode.GRAPH_MODE_FULL, 8)
                                    .setMicrobatches(2));
                case 1 ->
                    decide(
                            report,
                            down,
                            graph(run(Gather.GATHER_PADDED, 8, 8), GraphMode.GRAPH_MODE_FULL, 8)
                                    .setMicrobatches(2));
                case 2 -> decide(report, down, run(Gather.GATHER_VARIABLE, 5, 1));
                default -> decide(report, down, stop());
            }
        })) {
            var model = new RecordingModel(steps.phases());
            model.captured = CapturedGraphs.NONE;

            runLoop(steps, model);

            GraphKey graph = new GraphKey(CudaGraphMode.FULL, 8, 0, 0, 2);
            assertThat(model.captures).singleElement().satisfies(capture -> {
                assertThat(capture.graph()).isEqualTo(graph);
                assertThat(capture.rows()).containsExactly(8, 8);
                assertThat(capture.context().graphMode()).isEqualTo(CudaGraphMode.FULL);
                assertThat(capture.phase()).isEqualTo(Phase.PHASE_LAUNCHED);
            });
            assertThat(steps.reports())
                    .extracting(report -> report.hasCaptured() ? report.getCaptured() : null)
                    .containsExactly(
                            CapturedGraphs.NONE.toMessage(),
                            CapturedGraphs.of(List.of(graph)).toMessage(),
                            null,
                            null);
            assertThat(steps.reports()).extracting(StepReport::getNumTokens).containsExactly(3, 3, 1, 0);
            assertThat(summary().getCapturedGraphs()).isEqualTo(1);
            assertThat(summary().getSteps()).isEqualTo(2);
            assertThat(summary().getReplayedSteps()).isEqualTo(1);
            assertThat(feed.finished).containsExactly(EXECUTED);
        }
    }

    @Test
    void shouldRefuseACaptureThatNamesNoGraph() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) -> decide(report, down, decision(Action.ACTION_CAPTURE)))) {
            assertThatThrownBy(() -> runLoop(steps, new RecordingModel(steps.phases())))
                    .isInstanceOf(StepException.class)
                    .hasMessageContaining("graph_mode NONE in a CAPTURE");
        }
    }

    @Test
    void shouldAskForNoMoreThanTheBatcherHasRoomFor() throws Exception {
        feed.arrive(REQUEST);
        try (var steps = ScriptedSteps.start((report, down) -> decide(report, down, stop()))) {
            int room = new Batcher(BatchLimits.DEFAULT).room();

            runLoop(steps, new RecordingModel(steps.phases()));

            assertThat(feed.rooms).hasSize(1).doesNotContain(room).allMatch(asked -> asked == batcher.room());
        }
    }

    private void runLoop(ScriptedSteps steps, Model model) {
        wakeUp = steps.client()::wakeUp;
        try (StepStream stream = steps.open()) {
            var parts = new ForwardLoop.Parts(stream, feed, batcher, model, StepLog.NONE, steps.phases());
            new ForwardLoop(ScriptedSteps.RANK, parts, statistics, clock).run();
        }
    }

    private void wake() {
        wakeUp.run();
    }

    private RankSummary summary() {
        return statistics.summary(batcher).build();
    }

    /** "step/revision:tokens". */
    private static String text(StepReport report) {
        return report.getStep() + "/" + report.getRevision() + ":" + report.getNumTokens();
    }

    private static StepDecision.Builder run(Gather gather, int... counts) {
        StepDecision.Builder run = decision(Action.ACTION_RUN).setGather(gather).setMicrobatches(1);
        for (int count : counts) {
            run.addNumTokensAcrossDp(count);
        }
        return run;
    }

    private static StepDecision.Builder graph(StepDecision.Builder run, GraphMode mode, int tokens) {
        return run.setGraphMode(mode)
                .setShape(io.coxswain.v1.BatchDescriptor.newBuilder().setNumTokens(tokens));
    }

    private static StepDecision.Builder stop() {
        return decision(Action.ACTION_STOP);
    }

    private static StepDecision.Builder decision(Action action) {
        return StepDecision.newBuilder().setAction(action).setReason("as scripted");
    }

    private static Histogram decode(ByteBuffer encoded) throws DataFormatException {
        return Histogram.decodeFromCompressedByteBuffer(encoded, 0);
    }
}
