package io.coxswain.coordinator.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of membership that nobody's loss forces: somebody comes, or leaves as it should. The next epoch is prepared beside
 * the running one, which then ends with RECONFIGURE. Owned by the group that holds it.
 */
final class PlannedChange {

    /** After a failed preparation the next one waits, longer each time. */
    private static final long RETRY_NANOS = 1_000_000_000L;

    private static final int MAX_RETRY_DOUBLINGS = 6;

    private final GroupContext context;
    private final Membership membership;
    private @Nullable EpochRun next;
    private int failures;
    private long notBeforeNanos = Long.MIN_VALUE;

    PlannedChange(GroupContext context, Membership membership) {
        this.context = context;
        this.membership = membership;
    }

    /** The epoch that is being prepared; only where there is one. */
    EpochRun next() {
        if (next == null) {
            throw new IllegalStateException("no change is planned");
        }
        return next;
    }

    boolean isOf(EpochId epoch) {
        return next != null && next.id().equals(epoch);
    }

    /** Whether the running epoch may end with its next decision. */
    boolean isReady() {
        return next != null && next.isPrepared();
    }

    /** Plans the next epoch, if one runs and its members are not those that there should be. */
    void consider() {
        if (membership.state() != GroupState.RUNNING || next != null) {
            return;
        }
        List<Seat> wanted = context.roster.where(seat -> seat.isMember() && !seat.draining);
        if (wanted.equals(membership.epoch().members())
                || !membership.formation().isEnough(wanted)) {
            return;
        }
        if (context.nowNanos < notBeforeNanos) {
            membership.deadlines().planUntil(notBeforeNanos);
            return;
        }
        EpochRun planned = new EpochRun(membership.newEpochId(), wanted);
        next = planned;
        for (Seat seat : wanted) {
            if (seat.state == SeatState.JOINED) {
                seat.state = SeatState.PREPARING;
                seat.attachment = null;
            }
        }
        context.note("epoch " + planned.id() + " of " + wanted.size() + " ranks is prepared beside "
                + membership.epoch().id());
        membership
                .deadlines()
                .planUntil(context.nowNanos + context.config.timeouts().prepareNanos());
        context.sendTo(
                wanted, membership.membershipOf(planned, membership.epoch().id()));
    }

    /** Tells a member that is back what it may have missed of the plan. */
    void repeat(Seat seat) {
        if (next != null && next.has(seat)) {
            membership.repeatPreparation(seat, next, membership.epoch().id());
        }
    }

    void prepared(Seat seat) {
        next().prepare(seat);
        if (seat.state == SeatState.PREPARING) {
            seat.state = SeatState.PREPARED;
        }
    }

    /** A member of the plan that is not in the running epoch is gone. */
    void memberGone(Seat seat, String how) {
        if (next != null && next.has(seat)) {
            fail(seat.name() + " is gone: " + how);
        }
    }

    /** Time has passed: a preparation that takes too long has failed, and one that has to be tried again is. */
    void deadline() {
        EpochRun planned = next;
        if (planned == null) {
            consider();
            return;
        }
        if (planned.isPrepared()) {
            return; // the running step is late, which has a deadline of its own
        }
        List<Seat> late = planned.unprepared();
        String reason = Evidence.notPrepared(late, context.config.timeouts());
        List<Seat> newcomers =
                late.stream().filter(seat -> !membership.isInEpoch(seat)).toList();
        if (newcomers.isEmpty()) {
            fail(reason);
        } else {
            membership.gone(newcomers, reason);
        }
    }

    /** The planned epoch will not be; the running one goes on. */
    void fail(String reason) {
        notBeforeNanos = context.nowNanos + (RETRY_NANOS << Math.min(failures, MAX_RETRY_DOUBLINGS));
        failures++;
        context.note("planned epoch " + next().id() + " failed: " + reason);
        cancel(Verdict.blameless(reason));
        consider();
    }

    /** The planned epoch will not be; its number is burned. */
    void cancel(Verdict why) {
        EpochRun planned = next;
        if (planned == null) {
            return;
        }
        next = null;
        membership.deadlines().planUntil(Deadlines.NONE);
        for (Seat seat : planned.members()) {
            if (seat.state == SeatState.PREPARING || seat.state == SeatState.PREPARED) {
                seat.state = SeatState.JOINED;
            }
        }
        context.sendTo(planned.members(), new ControlMessage.Abort(context.term, planned.id(), why));
    }

    /** The planned epoch takes over. */
    void carryOut() {
        EpochRun planned = next();
        next = null;
        failures = 0;
        membership.deadlines().planUntil(Deadlines.NONE);
        membership.switchTo(planned);
        consider();
    }
}
