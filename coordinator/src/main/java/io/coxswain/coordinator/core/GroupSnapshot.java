package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A group at one moment. Immutable.
 *
 * @param job the job's name
 * @param position where the job is
 * @param ranks one entry a place, in their order
 * @param counters what it has done so far
 */
public record GroupSnapshot(String job, Position position, List<RankView> ranks, Counters counters) {

    /**
     * Where a job is.
     *
     * @param epoch null while none was prepared
     * @param step the open step
     * @param verdict why it is in this state
     * @param waitingFor who is late for the open step, with what is known of them; empty where nobody is
     */
    public record Position(
            TermId term, @Nullable EpochId epoch, long step, GroupState state, Verdict verdict, String waitingFor) {}

    /**
     * One place and its worker.
     *
     * @param occupant who holds the place; null where nobody does
     * @param report its last report's counts
     * @param lastMessageAgeNanos age of the last message on either stream; -1 where none ever came
     * @param rank its rank in the epoch that is prepared or runs, or -1
     * @param late whether the open step waits for it, longer than usual
     * @param detail why it is lost or missing; empty otherwise
     */
    public record RankView(
            int place,
            int rank,
            SeatState state,
            @Nullable Hello occupant,
            LastReport report,
            long lastMessageAgeNanos,
            Phase phase,
            Lateness lateness,
            boolean late,
            String detail) {}

    /**
     * The counts of a rank's last report.
     *
     * @param step -1 where it has made none
     */
    public record LastReport(long step, int numTokens, int numRequests) {
        static final LastReport NONE = new LastReport(-1, 0, 0);
    }

    /** How much later than the step's first report a rank's came, in nanoseconds, over the job. */
    public record Lateness(long p50Nanos, long p99Nanos, long maxNanos, long count) {}

    /** What a job has done so far. */
    public record Counters(Decisions decisions, Changes changes, Map<String, Long> refusals) {}

    /**
     * Decisions of all epochs.
     *
     * @param realTokens reported tokens of all RUN decisions
     * @param paddedTokens tokens run by all RUN decisions, padding included
     * @param graphModes RUN decisions by mode
     * @param descriptors RUN decisions by the descriptor's tokens, 0 where there was none
     */
    public record Decisions(
            long run,
            long idle,
            long realTokens,
            long paddedTokens,
            Map<CudaGraphMode, Long> graphModes,
            Map<Integer, Long> descriptors) {}

    /** Changes of membership. */
    public record Changes(long epochsStarted, long epochsAborted, long restarts) {}

    static GroupSnapshot of(GroupContext context, Position position, ToIntFunction<Seat> rankOf, List<Seat> lateRanks) {
        List<RankView> ranks = new ArrayList<>();
        for (Seat seat : context.roster.seats()) {
            ranks.add(new RankView(
                    seat.place,
                    rankOf.applyAsInt(seat),
                    seat.state,
                    seat.hello,
                    seat.lastReport,
                    seat.heardNanos == Seat.NEVER ? -1 : context.nowNanos - seat.heardNanos,
                    seat.progress.phase(),
                    context.tally.lateness(seat.place),
                    lateRanks.contains(seat),
                    seat.detail));
        }
        return new GroupSnapshot(context.config.job(), position, List.copyOf(ranks), context.tally.counters());
    }
}
