package io.coxswain.worker.launch;

import com.google.protobuf.ByteString;
import io.coxswain.v1.BatchTiming;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Lateness;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.VerificationSummary;
import io.coxswain.worker.launch.JobReport.BatchTime;
import io.coxswain.worker.launch.JobReport.Percentiles;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Sums the ranks' summaries into the job's report. Pure. */
final class ReportBuilder {
    private static final int HISTOGRAM_DIGITS = 3;
    private static final double NANOS_PER_MICRO = 1e3;

    private final String job;
    private final List<RankSummary> summaries;
    private final Optional<GetStatusResponse> status;

    /**
     * @param summaries one of each rank, at least one
     * @param status the coordinator's last answer; empty where it could not be asked
     */
    ReportBuilder(String job, Collection<RankSummary> summaries, Optional<GetStatusResponse> status) {
        this.job = job;
        this.summaries = summaries.stream()
                .sorted(Comparator.comparingInt(RankSummary::getRank))
                .toList();
        this.status = status;
    }

    /**
     * @throws IllegalArgumentException when the ranks did not run the same steps, or a histogram cannot be read
     */
    JobReport build(Duration wall) {
        long realTokens = sum(RankSummary::getRealTokens);
        long paddedTokens = sum(RankSummary::getPaddedTokens);
        double wallSeconds = wall.toNanos() / 1e9;
        RankSummary first = summaries.get(0);
        return new JobReport(
                job,
                summaries.size(),
                first.getDevice(),
                sum(RankSummary::getRequestsCompleted),
                sum(RankSummary::getPromptTokens),
                sum(RankSummary::getGeneratedTokens),
                sameOnAllRanks("steps", RankSummary::getSteps),
                status.map(GetStatusResponse::getIdleDecisions).orElseGet(first::getIdleDecisions),
                wallSeconds,
                wallSeconds > 0 ? realTokens / wallSeconds : 0,
                microseconds("agreement_histogram", RankSummary::getAgreementHistogram),
                microseconds("step_histogram", RankSummary::getStepHistogram),
                realTokens,
                paddedTokens,
                JobReport.paddingShare(realTokens, paddedTokens),
                new TreeMap<>(sameOnAllRanks("graph_modes", RankSummary::getGraphModesMap)),
                new TreeMap<>(sameOnAllRanks("descriptors", RankSummary::getDescriptorsMap)),
                timing(),
                lateness(),
                verification());
    }

    private long sum(ToLongFunction<RankSummary> member) {
        return summaries.stream().mapToLong(member).sum();
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
