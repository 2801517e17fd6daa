package io.coxswain.worker.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.coxswain.v1.Action;
import io.coxswain.v1.BatchDescriptor;
import io.coxswain.v1.BatchTiming;
import io.coxswain.v1.Gather;
import io.coxswain.v1.GraphMode;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.VerificationSummary;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.forward.ForwardTimingTracker;
import io.coxswain.worker.runner.RankStatistics.Pass;
import io.coxswain.worker.step.AgreedStep;
import java.time.Duration;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RankStatisticsTest {

    private static final long MILLI = 1_000_000;

    private final RankStatistics statistics =
            new RankStatistics(new ForwardTimingTracker(Duration.ofSeconds(60), () -> 0));
    private final Batcher batcher = new Batcher(new BatchLimits(8, 4));

    @Test
    void shouldSayNothingBeforeTheFirstStep() throws DataFormatException {
        RankSummary summary = statistics.summary(batcher).build();

        assertThat(summary)
                .isEqualTo(RankSummary.newBuilder()
                        .setAgreementHistogram(summary.getAgreementHistogram())
                        .setStepHistogram(summary.getStepHistogram())
                        .build());
        assertThat(decode(summary.getAgreementHistogram()).getTotalCount()).isZero();
        assertThat(decode(summary.getStepHistogram()).getTotalCount()).isZero();
    }

    @Test
    void shouldCountStepsTokensModesAndDescriptors() {
        statistics.ran(step(GraphMode.GRAPH_MODE_FULL, 8), new Pass(5, 8, 1, 1, Execution.REPLAYED));
        statistics.ran(step(GraphMode.GRAPH_MODE_FULL, 16), new Pass(11, 16, 1, 1, Execution.EAGER));
        statistics.ran(step(GraphMode.GRAPH_MODE_PIECEWISE, 8), new Pass(0, 8, 1, 1, Execution.EAGER));
        statistics.ran(eager(), new Pass(3, 3, 1, 1, Execution.EAGER));
        statistics.idled();
        statistics.idled();

        RankSummary summary = statistics.summary(batcher).build();
        assertThat(summary.getSteps()).isEqualTo(4).isEqualTo(statistics.steps());
        assertThat(summary.getReplayedSteps()).isEqualTo(1);
        assertThat(summary.getIdleDecisions()).isEqualTo(2);
        assertThat(summary.getRealTokens()).isEqualTo(19).isEqualTo(statistics.realTokens());
        assertThat(summary.getPaddedTokens()).isEqualTo(35).isEqualTo(statistics.paddedTokens());
        assertThat(summary.getGraphModesMap()).isEqualTo(Map.of("FULL", 2L, "PIECEWISE", 1L, "NONE", 1L));
        assertThat(summary.getDescriptorsMap()).isEqualTo(Map.of(8, 2L, 16, 1L, 0, 1L));
    }

    @Test
    void shouldHandOutHistogramsThatDecodeToWhatWasMeasured() throws DataFormatException {
        statistics.ran(eager(), new Pass(1, 1, 100_000, 2 * MILLI, Execution.EAGER));
        statistics.ran(eager(), new Pass(1, 1, 300_000, 4 * MILLI, Execution.EAGER));

        RankSummary summary = statistics.summary(batcher).build();
        Histogram agreement = decode(summary.getAgreementHistogram());
        Histogram step = decode(summary.getStepHistogram());
        assertThat(agreement.getTotalCount()).isEqualTo(2);
        assertThat(agreement.valuesAreEquivalent(agreement.getMinNonZeroValue(), 100_000))
                .isTrue();
        assertThat(agreement.valuesAreEquivalent(agreement.getMaxValue(), 300_000))
                .isTrue();
        assertThat(step.getTotalCount()).isEqualTo(2);
        assertThat(step.valuesAreEquivalent(step.getMinNonZeroValue(), 2_100_000))
                .isTrue();
        assertThat(step.valuesAreEquivalent(step.getMaxValue(), 4_300_000)).isTrue();
    }

    @Test
    void shouldCountAStepWithoutMeasuringItWhereTheRankWaitedForWork() throws DataFormatException {
        statistics.ran(eager(), new Pass(1, 2, RankStatistics.WAITED_FOR_WORK, MILLI, Execution.EAGER));

        RankSummary summary = statistics.summary(batcher).build();
        assertThat(summary.getSteps()).isEqualTo(1);
        assertThat(summary.getPaddedTokens()).isEqualTo(2);
        assertThat(decode(summary.getAgreementHistogram()).getTotalCount()).isZero();
        assertThat(decode(summary.getStepHistogram()).getTotalCount()).isZero();
    }

    @Test
    void shouldCountTimesAboveAnHourAsAnHour() throws DataFormatException {
        long hour = Duration.ofHours(1).toNanos();

        statistics.ran(eager(), new Pass(1, 1, 2 * hour, 2 * hour, Execution.EAGER));

        RankSummary summary = statistics.summary(batcher).build();
        Histogram agreement = decode(summary.getAgreementHistogram());
        assertThat(agreement.valuesAreEquivalent(agreement.getMaxValue(), hour)).isTrue();
        Histogram step = decode(summary.getStepHistogram());
        assertThat(step.valuesAreEquivalent(step.getMaxValue(), hour)).isTrue();
    }

    @Test
    void shouldTimeForwardPassesByTheirRows() {
        statistics.ran(step(GraphMode.GRAPH_MODE_FULL, 8), new Pass(5, 8, 1, 2 * MILLI, Execution.EAGER));
        statistics.ran(
                step(GraphMode.GRAPH_MODE_FULL, 8),
                new Pass(6, 8, RankStatistics.WAITED_FOR_WORK, 4 * MILLI, Execution.EAGER));

        assertThat(statistics.summary(batcher).getTimingList()).singleElement().satisfies(timing -> {
            assertThat(timing.getBatchSize()).isEqualTo(8);
            assertThat(timing.getCount()).isEqualTo(2);
            assertThat(timing)
                    .extracting(BatchTiming::getMinMillis, BatchTiming::getMaxMillis)
                    .containsExactly(2.0, 4.0);
            assertThat(timing.getMeanMillis()).isEqualTo(3.0, Offset.offset(1e-9));
            assertThat(timing.getP50Millis()).isBetween(2.0, 4.0);
            assertThat(timing.getP99Millis()).isBetween(timing.getP50Millis(), 4.0);
        });
    }

    @Test
    void shouldTakeRequestsAndTokensFromTheBatcher() {
        batcher.add(new FeedRequest(1, 0, 3, 1));
        batcher.add(new FeedRequest(2, 0, 2, 5));
        batcher.plan();
        batcher.commit(finished -> {});

        RankSummary summary = statistics.summary(batcher).build();
        assertThat(summary.getRequestsCompleted()).isEqualTo(1);
        assertThat(summary.getPromptTokens()).isEqualTo(5);
        assertThat(summary.getGeneratedTokens()).isEqualTo(2);
    }

    @Test
    void shouldTellWhatAVerificationFound() {
        assertThat(RankStatistics.summary(new Verification(12, 1e-6, null)))
                .isEqualTo(VerificationSummary.newBuilder()
                        .setTokensChecked(12)
                        .setMaxRelativeError(1e-6)
                        .setPassed(true)
                        .build());
        assertThat(RankStatistics.summary(new Verification(3, 0.5, "row 2")))
                .isEqualTo(VerificationSummary.newBuilder()
                        .setTokensChecked(3)
                        .setMaxRelativeError(0.5)
                        .setFirstFailure("row 2")
                        .build());
    }

    private static AgreedStep step(GraphMode mode, int tokens) {
        return AgreedStep.of(
                run().setGraphMode(mode)
                        .setShape(BatchDescriptor.newBuilder().setNumTokens(tokens))
                        .build(),
                1);
    }

    private static AgreedStep eager() {
        return AgreedStep.of(run().build(), 1);
    }

    private static StepDecision.Builder run() {
        return StepDecision.newBuilder()
                .setAction(Action.ACTION_RUN)
                .setMicrobatches(1)
                .setGather(Gather.GATHER_PADDED)
                .addNumTokensAcrossDp(8);
    }

    private static Histogram decode(ByteString encoded) throws DataFormatException {
        return Histogram.decodeFromCompressedByteBuffer(encoded.asReadOnlyByteBuffer(), 0);
    }
}
