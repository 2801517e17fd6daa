package io.coxswain.worker.report;

import com.google.protobuf.ByteString;
import io.coxswain.v1.BatchTiming;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Lateness;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.VerificationSummary;
import io.coxswain.worker.report.JobReport.BatchTime;
import io.coxswain.worker.report.JobReport.Percentiles;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Sums the ranks' summaries into the job's report. Pure. */
public final class ReportBuilder {
    private static final int HISTOGRAM_DIGITS = 3;
    private static final double NANOS_PER_MICRO = 1e3;

    private final String job;
    private final int worldSize;
    private final List<RankSummary> summaries;
    private final Optional<GetStatusResponse> status;
    private final Executed executed;

    /**
     * What a report is made of.
     *
     * @param worldSize ranks of the job
     * @param summaries one of each member that ended well, at least one
     * @param status the coordinator's last answer; empty where it could not be asked
     * @param executed what the feed counted
     */
    public record Sources(
            int worldSize, Collection<RankSummary> summaries, Optional<GetStatusResponse> status, Executed executed) {}

    /** Of a job's name and what there is to sum up. */
    public ReportBuilder(String job, Sources sources) {
        this.job = job;
        this.worldSize = sources.worldSize();
        this.summaries = sources.summaries().stream()
                .sorted(Comparator.comparingInt(RankSummary::getRank))
                .toList();
        this.status = sources.status();
        this.executed = sources.executed();
    }

    /**
     * Sums them up.
     *
     * @param wall from the group's start to its end
     * @throws IllegalArgumentException when the ranks did not run the same steps, or a histogram cannot be read
     */
    public JobReport build(Duration wall) {
        if (summaries.isEmpty()) {
            throw new IllegalArgumentException("no rank has said what it executed");
        }
        Steps steps = steps();
        double wallSeconds = wall.toNanos() / 1e9;
        RankSummary first = summaries.get(0);
        return new JobReport(
                job,
                worldSize,
                first.getDevice(),
                executed.requests(),
                executed.promptTokens(),
                executed.generatedTokens(),
                steps.count(),
                status.map(GetStatusResponse::getIdleDecisions).orElseGet(first::getIdleDecisions),
                wallSeconds,
                wallSeconds > 0 ? steps.realTokens() / wallSeconds : 0,
                microseconds("agreement_histogram", RankSummary::getAgreementHistogram),
                microseconds("step_histogram", RankSummary::getStepHistogram),
                steps.realTokens(),
                steps.paddedTokens(),
                JobReport.paddingShare(steps.realTokens(), steps.paddedTokens()),
                new TreeMap<>(steps.graphModes()),
                new TreeMap<>(steps.descriptors()),
                timing(),
                lateness(),
                verification(),
                new JobReport.GraphUse(most(RankSummary::getReplayedSteps), most(RankSummary::getCapturedGraphs)),
                changes(steps.realTokens()));
    }

    /** The job's steps: what all ranks say alike, or, where ranks have come and gone, what was decided. */
    private record Steps(
            long count,
            long realTokens,
            long paddedTokens,
            Map<String, Long> graphModes,
            Map<Integer, Long> descriptors) {}

    private Steps steps() {
        GetStatusResponse changed = status.filter(ReportBuilder::isChanged).orElse(null);
        if (changed != null) {
            return new Steps(
                    changed.getRunDecisions(),
                    changed.getRealTokens(),
                    changed.getPaddedTokens(),
                    changed.getGraphModesMap(),
                    changed.getDescriptorsMap());
        }
        requireSum("requests_completed", sum(RankSummary::getRequestsCompleted), executed.requests());
        requireSum("prompt_tokens", sum(RankSummary::getPromptTokens), executed.promptTokens());
        requireSum("generated_tokens", sum(RankSummary::getGeneratedTokens), executed.generatedTokens());
        return new Steps(
                sameOnAllRanks("steps", RankSummary::getSteps),
                sum(RankSummary::getRealTokens),
                sum(RankSummary::getPaddedTokens),
                sameOnAllRanks("graph_modes", RankSummary::getGraphModesMap),
                sameOnAllRanks("descriptors", RankSummary::getDescriptorsMap));
    }

    /** A coordinator that took over has not started the epochs before. */
    private static boolean isChanged(GetStatusResponse answer) {
        return answer.getEpochsStarted() > 1 || answer.getEpoch().getNumber() > 1;
    }

    private static void requireSum(String name, long ranks, long feed) {
        if (ranks != feed) {
            throw new IllegalArgumentException(
                    "the ranks executed " + name + " " + ranks + ", the feed counted " + feed);
        }
    }

    /** A request of P prompt and G generated tokens needs P + G - 1 positions. */
    private JobReport.Changes changes(long realTokens) {
        long needed = executed.promptTokens() + executed.generatedTokens() - executed.requests();
        GetStatusResponse answer = status.orElse(GetStatusResponse.getDefaultInstance());
        return new JobReport.Changes(
                executed.rescheduled(),
                Math.max(0, realTokens - needed),
                answer.getEpochsStarted(),
                answer.getEpochsAborted(),
                answer.getRestarts());
    }

    private long sum(ToLongFunction<RankSummary> member) {
        return summaries.stream().mapToLong(member).sum();
    }

    private long most(ToLongFunction<RankSummary> member) {
        return summaries.stream().mapToLong(member).max().orElse(0);
    }

    private <T> T sameOnAllRanks(String name, Function<RankSummary, T> member) {
        T expected = member.apply(summaries.get(0));
        for (RankSummary summary : summaries) {
            T actual = member.apply(summary);
            if (!actual.equals(expected)) {
                throw new IllegalArgumentException("the ranks did not run the same " + name + ": rank "
                        + summaries.get(0).getRank() + " says " + expected + ", rank " + summary.getRank() + " says "
                        + actual);
            }
        }
        return expected;
    }

    private Percentiles microseconds(String name, Function<RankSummary, ByteString> member) {
        Histogram all = new Histogram(HISTOGRAM_DIGITS);
        for (RankSummary summary : summaries) {
            ByteString encoded = member.apply(summary);
            if (!encoded.isEmpty()) {
                all.add(decode(name, summary.getRank(), encoded));
            }
        }
        return all.getTotalCount() == 0
                ? Percentiles.NONE
                : new Percentiles(
                        all.getValueAtPercentile(50) / NANOS_PER_MICRO,
                        all.getValueAtPercentile(99) / NANOS_PER_MICRO,
                        all.getMaxValue() / NANOS_PER_MICRO);
    }

    private static Histogram decode(String name, int rank, ByteString encoded) {
        try {
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(encoded.toByteArray()), 0);
        } catch (DataFormatException | RuntimeException e) {
            throw new IllegalArgumentException(
                    name + " of rank " + rank + " is no compressed HdrHistogram: " + e.getMessage(), e);
        }
    }

    private SortedMap<Integer, BatchTime> timing() {
        SortedMap<Integer, BatchTime> timing = new TreeMap<>();
        for (RankSummary summary : summaries) {
            for (BatchTiming batch : summary.getTimingList()) {
                BatchTime time = new BatchTime(
                        batch.getCount(),
                        batch.getMeanMillis(),
                        batch.getP50Millis(),
                        batch.getP99Millis(),
                        batch.getMinMillis(),
                        batch.getMaxMillis());
                timing.merge(batch.getBatchSize(), time, BatchTime::plus);
            }
        }
        return timing;
    }

    private SortedMap<Integer, Percentiles> lateness() {
        SortedMap<Integer, Percentiles> lateness = new TreeMap<>();
        status.ifPresent(answer -> answer.getRanksList().forEach(rank -> {
            Lateness late = rank.getLateness();
            lateness.put(
                    rank.getPlace(),
                    new Percentiles(
                            late.getP50Nanos() / NANOS_PER_MICRO,
                            late.getP99Nanos() / NANOS_PER_MICRO,
                            late.getMaxNanos() / NANOS_PER_MICRO));
        }));
        return lateness;
    }

    private JobReport.@Nullable Verification verification() {
        List<VerificationSummary> verified = summaries.stream()
                .filter(RankSummary::hasVerification)
                .map(RankSummary::getVerification)
                .toList();
        if (verified.isEmpty()) {
            return null;
        }
        return new JobReport.Verification(
                verified.stream()
                        .mapToLong(VerificationSummary::getTokensChecked)
                        .sum(),
                verified.stream()
                        .mapToDouble(VerificationSummary::getMaxRelativeError)
                        .reduce(0, Math::max),
                verified.size() == summaries.size() && verified.stream().allMatch(VerificationSummary::getPassed),
                summaries.stream()
                        .filter(summary ->
                                !summary.getVerification().getFirstFailure().isEmpty())
                        .map(summary -> "rank " + summary.getRank() + ": "
                                + summary.getVerification().getFirstFailure())
                        .findFirst()
                        .orElse(null));
    }
}
