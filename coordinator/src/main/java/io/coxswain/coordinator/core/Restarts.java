package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.RestartVerdict.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The job's one budget of restarts: so many within a sliding window, all places together, and no place again and again without
 * a decided step in between. Owned by the group that holds it.
 */
final class Restarts {

    private final GroupContext context;
    private final Membership membership;
    /** When restarts were granted, the oldest first; at most as many as the window allows. */
    private final Deque<Long> grantedNanos = new ArrayDeque<>();

    Restarts(GroupContext context, Membership membership) {
        this.context = context;
        this.membership = membership;
    }

    /** Restarts that an earlier coordinator granted count as well. */
    void recall(JobMemory.SpentRestarts spent) {
        spent.agesNanos().forEach(age -> grantedNanos.addLast(context.nowNanos - age));
    }

    JobMemory.SpentRestarts memory() {
        forget(context.nowNanos - context.config.resilience().restarts().windowNanos());
        List<Long> ages =
                grantedNanos.stream().map(nanos -> context.nowNanos - nanos).toList();
        return new JobMemory.SpentRestarts(context.tally.restarts(), ages);
    }

    /** Whether the place's next member may be started, after this attempt of it has ended. */
    RestartVerdict judge(Seat seat, int attempt) {
        GroupState state = membership.state();
        if (state.isEnd()) {
            return notWanted(state.description());
        }
        if (context.config.resilience().onLoss() == OnLoss.FAIL) {
            return notWanted("the job fails with its first loss");
        }
        if (attempt < seat.highestAttempt()) {
            return notWanted("attempt " + seat.highestAttempt() + " has the place");
        }
        if (seat.state == SeatState.LEFT && attempt == seat.highestAttempt()) {
            return notWanted("it left as it should");
        }
        if (attempt + 1 == seat.grantedAttempt) {
            return new RestartVerdict(Kind.GRANTED, attempt + 1, seat.fruitlessRestarts - 1, "granted before");
        }
        return granted(seat, attempt);
    }

    private static RestartVerdict notWanted(String why) {
        return new RestartVerdict(Kind.NOT_WANTED, 0, 0, why);
    }

    private RestartVerdict granted(Seat seat, int attempt) {
        GroupConfig.RestartLimits limits = context.config.resilience().restarts();
        forget(context.nowNanos - limits.windowNanos());
        if (grantedNanos.size() >= limits.max()) {
            return refused(
                    seat,
                    limits.max() + " restarts within " + Evidence.seconds(limits.windowNanos())
                            + " are allowed and were used");
        }
        int fruitless = seat.hasProgressed ? 0 : seat.fruitlessRestarts;
        if (fruitless >= limits.maxFruitless()) {
            return refused(
                    seat,
                    "rank " + seat.place + " was restarted " + fruitless
                            + " times in a row without a decided step in between");
        }
        grantedNanos.addLast(context.nowNanos);
        context.tally.restarted();
        context.memoryRevision++;
        seat.fruitlessRestarts = fruitless + 1;
        seat.hasProgressed = false;
        seat.grantedAttempt = attempt + 1;
        return new RestartVerdict(Kind.GRANTED, attempt + 1, fruitless, "rank " + seat.place + " may be restarted");
    }

    private void forget(long beforeNanos) {
        while (!grantedNanos.isEmpty() && grantedNanos.peekFirst() < beforeNanos) {
            grantedNanos.removeFirst();
        }
    }

    private RestartVerdict refused(Seat seat, String why) {
        context.note("rank " + seat.place + " is not restarted: " + why);
        membership.noReplacement("rank " + seat.place + " is not restarted: " + why);
        return new RestartVerdict(Kind.REFUSED, 0, seat.fruitlessRestarts, why);
    }
}
