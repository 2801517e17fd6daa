package io.coxswain.worker.report;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What the job did, summed from what its ranks executed. Where the membership changed, the counts of ranks that died are gone with
 * them: then steps and tokens are those that the coordinator decided. Its members in snake_case are the JSON report.
 *
 * @param device what rank 0 ran on
 * @param steps RUN decisions; all ranks run the same
 * @param idleDecisions of the coordinator
 * @param wallSeconds from the last look at the coordinator's status that found the group not yet running (it is looked at
 *     every 0.2 s) to the arrival of the last rank's summary: never less than the ranks' loop took
 * @param tokensPerSecond real tokens of all ranks by wall seconds; 0 where nothing ran
 * @param agreementUs of all ranks, from a report's send to its decision's arrival, in microseconds
 * @param stepUs of all ranks, the whole step, in microseconds
 * @param realTokens executed by all ranks, without padding
 * @param paddedTokens the same with padding
 * @param paddingShare (padded - real) / padded; 0 where nothing ran
 * @param graphModes steps by graph mode
 * @param descriptors steps by the descriptor's tokens; 0: eager
 * @param timing forward times by batch size
 * @param latenessUs by place, how much later than the step's first report this rank's came, in microseconds; empty where
 *     the coordinator could not be asked at the end
 * @param verification null where it was not asked for
 * @param graphUse what graphs were captured and used for
 * @param changes of the membership
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record JobReport(
        String job,
        int worldSize,
        String device,
        long requestsCompleted,
        long promptTokens,
        long generatedTokens,
        long steps,
        long idleDecisions,
        double wallSeconds,
        double tokensPerSecond,
        Percentiles agreementUs,
        Percentiles stepUs,
        long realTokens,
        long paddedTokens,
        double paddingShare,
        SortedMap<String, Long> graphModes,
        SortedMap<Integer, Long> descriptors,
        SortedMap<Integer, BatchTime> timing,
        SortedMap<Integer, Percentiles> latenessUs,
        @Nullable Verification verification,
        @JsonUnwrapped GraphUse graphUse,
        @JsonUnwrapped Changes changes) {

    /**
     * What graphs were captured and used for; its members stand in the report beside the others. All ranks capture and replay
     * together; where ranks have come and gone, the figures are those of the rank that has most.
     *
     * @param replayedSteps steps that were run by replaying captured graphs; the others ran eagerly, all of them on a CPU
     * @param capturedGraphs captures, those that were made again after an epoch's end included
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record GraphUse(long replayedSteps, long capturedGraphs) {}

    /**
     * How the membership changed, and what that cost; its members stand in the report beside the others.
     *
     * @param requestsRescheduled hand-outs that were taken back, from ranks that were gone or since they never arrived, and
     *     handed out again
     * @param recomputedTokens tokens of decided steps beyond those that the requests needed once
     * @param epochs that have started
     * @param aborts epochs that were aborted
     * @param restarts of workers
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record Changes(long requestsRescheduled, long recomputedTokens, long epochs, long aborts, long restarts) {}

    /** In the unit of the member that has it. */
    public record Percentiles(double p50, double p99, double max) {
        static final Percentiles NONE = new Percentiles(0, 0, 0);
    }

    /**
     * Forward times of one batch size over all ranks. Count, mean, min and max are exact; p50 and p99 are the ranks' own,
     * weighted by their counts, since percentiles of a union cannot be had from percentiles of its parts.
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record BatchTime(long count, double meanMs, double p50Ms, double p99Ms, double minMs, double maxMs) {
        BatchTime plus(BatchTime other) {
            long sum = count + other.count;
            double share = sum == 0 ? 0 : (double) other.count / sum;
            return new BatchTime(
                    sum,
                    mix(meanMs, other.meanMs, share),
                    mix(p50Ms, other.p50Ms, share),
                    mix(p99Ms, other.p99Ms, share),
                    Math.min(minMs, other.minMs),
                    Math.max(maxMs, other.maxMs));
        }

        private static double mix(double mine, double theirs, double shareOfTheirs) {
            return mine + (theirs - mine) * shareOfTheirs;
        }
    }

    /**
     * What the ranks found that checked their rows.
     *
     * @param tokensChecked by all ranks
     * @param maxRelativeError the largest of any row, relative to the row's norm
     * @param passed on every rank
     * @param firstFailure the first row that failed, by rank; null where none did
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    public record Verification(
            long tokensChecked,
            double maxRelativeError,
            boolean passed,
            @Nullable String firstFailure) {}

    /** (padded - real) / padded; 0 where nothing ran. */
    public static double paddingShare(long realTokens, long paddedTokens) {
        return paddedTokens == 0 ? 0 : (double) (paddedTokens - realTokens) / paddedTokens;
    }
}
