package io.coxswain.worker.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.coxswain.v1.BatchTiming;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Lateness;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.VerificationSummary;
import io.coxswain.worker.report.JobReport.BatchTime;
import io.coxswain.worker.report.JobReport.Percentiles;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportBuilderTest {
    private static JobReport report(RankSummary.Builder... summaries) {
        return report(Optional.empty(), summaries);
    }

    private static JobReport report(Optional<GetStatusResponse> status, RankSummary.Builder... summaries) {
        List<RankSummary> built =
                List.of(summaries).stream().map(RankSummary.Builder::build).toList();
        return builder("j", built, status).build(Duration.ofSeconds(2));
    }

    @Test
    void shouldSumWhatTheRanksExecuted() {
        JobReport report = report(
                Summaries.ofRank(1).setPromptTokens(90).setRealTokens(92).setPaddedTokens(96),
                Summaries.ofRank(0).setDevice("cpu of rank 0"));

        assertThat(report.worldSize()).isEqualTo(2);
        assertThat(report.device()).isEqualTo("cpu of rank 0");
        assertThat(report.requestsCompleted()).isEqualTo(2);
        assertThat(report.promptTokens()).isEqualTo(100);
        assertThat(report.generatedTokens()).isEqualTo(4);
        assertThat(report.realTokens()).isEqualTo(104);
        assertThat(report.paddedTokens()).isEqualTo(112);
        assertThat(report.paddingShare()).isEqualTo(8 / 112.0);
        assertThat(report.wallSeconds()).isEqualTo(2);
        assertThat(report.tokensPerSecond()).isEqualTo(52);
    }

    @Test
    void shouldCountStepsOnceForTheGroup() {
        JobReport report = report(Summaries.ofRank(0), Summaries.ofRank(1));

        assertThat(report.steps()).isEqualTo(3);
        assertThat(report.graphModes()).isEqualTo(Map.of("NONE", 3L));
        assertThat(report.descriptors()).isEqualTo(Map.of(0, 1L, 8, 2L));
    }

    @Test
    void shouldRefuseRanksThatDidNotRunTheSameSteps() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> report(Summaries.ofRank(0), Summaries.ofRank(1).setSteps(4)))
                .withMessage("the ranks did not run the same steps: rank 0 says 3, rank 1 says 4");
    }

    @Test
    void shouldTakePercentilesOverAllRanks() {
        long[] hundred = new long[99];
        Arrays.fill(hundred, 100_000);

        JobReport report = report(
                Summaries.ofRank(0).setAgreementHistogram(Summaries.histogram(hundred)),
                Summaries.ofRank(1).setAgreementHistogram(Summaries.histogram(900_000)));

        assertThat(report.agreementUs().p50()).isCloseTo(100, within(0.1));
        assertThat(report.agreementUs().p99()).isCloseTo(100, within(0.1));
        assertThat(report.agreementUs().max()).isCloseTo(900, within(0.9));
    }

    @Test
    void shouldReportZerosWhereNothingRan() {
        RankSummary.Builder idle = RankSummary.newBuilder().setDevice("cpu");

        JobReport report = builder("j", List.of(idle.build()), Optional.empty()).build(Duration.ZERO);

        assertThat(report.tokensPerSecond()).isZero();
        assertThat(report.paddingShare()).isZero();
        assertThat(report.agreementUs()).isEqualTo(new Percentiles(0, 0, 0));
        assertThat(report.timing()).isEmpty();
    }

    @Test
    void shouldNameTheRankWhoseHistogramCannotBeRead() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        report(Summaries.ofRank(0).setStepHistogram(ByteString.copyFromUtf8("no histogram here"))))
                .withMessageStartingWith("step_histogram of rank 0 is no compressed HdrHistogram");
    }

    @Test
    void shouldWeighTheRanksTimingsByTheirCounts() {
        BatchTiming.Builder three = BatchTiming.newBuilder()
                .setBatchSize(8)
                .setCount(3)
                .setMeanMillis(1)
                .setP50Millis(2)
                .setP99Millis(4)
                .setMinMillis(0.5)
                .setMaxMillis(5);
        BatchTiming.Builder one = BatchTiming.newBuilder()
                .setBatchSize(8)
                .setCount(1)
                .setMeanMillis(5)
                .setP50Millis(6)
                .setP99Millis(8)
                .setMinMillis(0.75)
                .setMaxMillis(9);

        JobReport report =
                report(Summaries.ofRank(0).addTiming(three), Summaries.ofRank(1).addTiming(one));

        assertThat(report.timing()).isEqualTo(Map.of(8, new BatchTime(4, 2, 3, 5, 0.5, 9)));
    }

    @Test
    void shouldTakeIdleDecisionsAndLatenessFromTheCoordinator() {
        GetStatusResponse status = GetStatusResponse.newBuilder()
                .setIdleDecisions(17)
                .addRanks(RankStatus.newBuilder()
                        .setPlace(0)
                        .setLateness(Lateness.newBuilder()
                                .setP50Nanos(1_500)
                                .setP99Nanos(2_000)
                                .setMaxNanos(3_000)))
                .build();

        JobReport report = report(Optional.of(status), Summaries.ofRank(0));

        assertThat(report.idleDecisions()).isEqualTo(17);
        assertThat(report.latenessUs()).isEqualTo(Map.of(0, new Percentiles(1.5, 2, 3)));
    }

    @Test
    void shouldTakeWhatWasDecidedWhereTheMembershipHasChanged() {
        GetStatusResponse status = GetStatusResponse.newBuilder()
                .setEpochsStarted(3)
                .setEpochsAborted(2)
                .setRestarts(1)
                .setRunDecisions(9)
                .setRealTokens(50)
                .setPaddedTokens(64)
                .putGraphModes("FULL", 9)
                .putDescriptors(8, 9)
                .build();
        Executed executed = new Executed(3, 30, 6, 2);

        JobReport report = new ReportBuilder(
                        "j",
                        new ReportBuilder.Sources(
                                3,
                                List.of(
                                        Summaries.ofRank(0)
                                                .setReplayedSteps(7)
                                                .setCapturedGraphs(2)
                                                .build(),
                                        Summaries.ofRank(1).setReplayedSteps(4).build()),
                                Optional.of(status),
                                executed))
                .build(Duration.ofSeconds(2));

        assertThat(report.graphUse()).isEqualTo(new JobReport.GraphUse(7, 2));
        assertThat(report.worldSize()).isEqualTo(3);
        assertThat(report.requestsCompleted()).isEqualTo(3);
        assertThat(report.promptTokens()).isEqualTo(30);
        assertThat(report.generatedTokens()).isEqualTo(6);
        assertThat(report.steps()).isEqualTo(9);
        assertThat(report.realTokens()).isEqualTo(50);
        assertThat(report.paddedTokens()).isEqualTo(64);
        assertThat(report.graphModes()).isEqualTo(Map.of("FULL", 9L));
        assertThat(report.descriptors()).isEqualTo(Map.of(8, 9L));
        assertThat(report.tokensPerSecond()).isEqualTo(25);
        assertThat(report.changes()).isEqualTo(new JobReport.Changes(2, 50 - (30 + 6 - 3), 3, 2, 1));
    }

    @Test
    void shouldReportNoRecomputedTokensWhereFewerWereDecidedThanNeeded() {
        JobReport report = report(
                Optional.of(GetStatusResponse.newBuilder()
                        .setEpochsStarted(2)
                        .setRealTokens(1)
                        .build()),
                Summaries.ofRank(0));

        assertThat(report.changes().recomputedTokens()).isZero();
    }

    @Test
    void shouldRefuseSumsThatTheFeedDidNotCountWhereTheMembershipIsTheSame() {
        Executed executed = new Executed(1, 11, 2, 0);
        ReportBuilder builder = new ReportBuilder(
                "j", new ReportBuilder.Sources(1, List.of(Summaries.ofRank(0).build()), Optional.empty(), executed));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.build(Duration.ofSeconds(1)))
                .withMessage("the ranks executed prompt_tokens 10, the feed counted 11");
    }

    @Test
    void shouldNotAskForTheSumsOfALaterEpochThatACoordinatorTookOver() {
        Executed executed = new Executed(1, 11, 2, 0);
        GetStatusResponse status = GetStatusResponse.newBuilder()
                .setEpoch(Epoch.newBuilder().setNumber(2))
                .setRunDecisions(1)
                .build();
        ReportBuilder builder = new ReportBuilder(
                "j", new ReportBuilder.Sources(1, List.of(Summaries.ofRank(0).build()), Optional.of(status), executed));

        assertThat(builder.build(Duration.ofSeconds(1)).promptTokens()).isEqualTo(11);
    }

    @Test
    void shouldPassVerificationOnlyWhenEveryRankDid() {
        VerificationSummary.Builder passed = VerificationSummary.newBuilder()
                .setTokensChecked(12)
                .setMaxRelativeError(1e-6)
                .setPassed(true);
        VerificationSummary.Builder failed = VerificationSummary.newBuilder()
                .setTokensChecked(5)
                .setMaxRelativeError(0.5)
                .setFirstFailure("request 3, position 1");

        assertThat(report(Summaries.ofRank(0)).verification()).isNull();
        assertThat(report(
                                Summaries.ofRank(0).setVerification(passed),
                                Summaries.ofRank(1).setVerification(passed))
                        .verification())
                .isEqualTo(new JobReport.Verification(24, 1e-6, true, null));
        assertThat(report(
                                Summaries.ofRank(0).setVerification(passed),
                                Summaries.ofRank(1).setVerification(failed))
                        .verification())
                .isEqualTo(new JobReport.Verification(17, 0.5, false, "rank 1: request 3, position 1"));
        assertThat(report(Summaries.ofRank(0).setVerification(passed), Summaries.ofRank(1))
                        .verification())
                .isEqualTo(new JobReport.Verification(12, 1e-6, false, null));
    }

    @Test
    void shouldFindTotalsThatAreNotTheTraces() {
        JobReport report = report(Summaries.ofRank(0), Summaries.ofRank(1));

        assertThat(ReportChecks.differences(report, new Workload(2, 20, 4))).isEmpty();
        assertThat(ReportChecks.differences(report, new Workload(2, 21, 5)))
                .containsExactly(
                        "the ranks executed prompt_tokens 20, the trace has 21",
                        "the ranks executed generated_tokens 4, the trace has 5");
    }

    @Test
    void shouldNotTakeForVerifiedWhatNobodyHasChecked() {
        JobReport unverified = report(Summaries.ofRank(0));

        assertThat(ReportChecks.isVerified(unverified)).isFalse();
    }

    private static ReportBuilder builder(String job, List<RankSummary> summaries, Optional<GetStatusResponse> status) {
        return new ReportBuilder(
                job, new ReportBuilder.Sources(summaries.size(), summaries, status, Summaries.executed(summaries)));
    }
}
