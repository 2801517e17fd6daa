package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
     */
    public record Position(TermId term, @Nullable EpochId epoch, long step, GroupState state, Verdict verdict) {}

    /**
     * One place and its worker.
     *
     * @param occupant who holds the place; null where nobody does
     * @param report its last report's counts
     * @param lastMessageAgeNanos age of the last message on either stream; -1 where none ever came
     * @param detail why it is lost or missing; empty otherwise
     */
    public record RankView(
            int place,
            SeatState state,
            @Nullable Hello occupant,
            LastReport report,
            long lastMessageAgeNanos,
            Phase phase,
            Lateness lateness,
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
    public record Counters(
            long runDecisions, long idleDecisions, long realTokens, long paddedTokens, Map<String, Long> refusals) {}

    static GroupSnapshot of(GroupContext context, Position position, long nowNanos) {
        List<RankView> ranks = new ArrayList<>();
        for (Seat seat : context.roster.seats()) {
            ranks.add(new RankView(
                    seat.place,
                    seat.state,
                    seat.hello,
                    seat.lastReport,
                    seat.heardNanos == Seat.NEVER ? -1 : nowNanos - seat.heardNanos,
                    seat.progress.phase(),
                    context.tally.lateness(seat.place),
                    seat.detail));
        }
        return new GroupSnapshot(context.config.job(), position, List.copyOf(ranks), context.tally.counters());
    }
}
