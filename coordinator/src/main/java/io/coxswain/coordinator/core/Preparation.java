package io.coxswain.coordinator.core;

import org.jspecify.annotations.Nullable;

/** What members say while they connect the collectives of an epoch, of a planned one too. Owned by the group that holds it. */
final class Preparation {

    private final GroupContext context;
    private final Membership membership;

    Preparation(GroupContext context, Membership membership) {
        this.context = context;
        this.membership = membership;
    }

    void communicatorId(Seat seat, EpochId of, OpaqueBytes id) {
        EpochRun run = beingPrepared(of);
        if (run == null) {
            return;
        }
        if (!run.isRankZero(seat)) {
            failed(seat, of, "it sent a communicator id; only rank 0 makes one");
            return;
        }
        run.communicatorId(id);
        context.sendTo(run.members(), new ControlMessage.CommunicatorId(of, id));
    }

    void prepared(Seat seat, EpochId of) {
        if (membership.plan().isOf(of)) {
            membership.plan().prepared(seat);
        } else if (isForming(of) && membership.epoch().has(seat)) {
            seat.state = SeatState.PREPARED;
            if (membership.epoch().prepare(seat)) {
                membership.start();
            }
        }
    }

    void failed(Seat seat, EpochId of, String reason) {
        String why = seat.name() + " could not prepare: " + reason;
        if (membership.plan().isOf(of)) {
            membership.plan().fail(why);
        } else if (isForming(of)) {
            membership.abort(Verdict.blameless(why));
        }
    }

    private @Nullable EpochRun beingPrepared(EpochId of) {
        if (membership.plan().isOf(of)) {
            return membership.plan().next();
        }
        return isForming(of) ? membership.epoch() : null;
    }

    private boolean isForming(EpochId of) {
        return membership.state() == GroupState.PREPARING && membership.isCurrent(of);
    }
}
