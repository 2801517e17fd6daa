package io.coxswain.coordinator.core;

import java.util.List;

/** Ranks that are to leave at the end of a step. Owned by the group that holds it. */
final class Drains {

    private final GroupContext context;
    private final Membership membership;

    Drains(GroupContext context, Membership membership) {
        this.context = context;
        this.membership = membership;
    }

    /**
     * A member wishes to leave. One that comes from an earlier coordinator's epoch says so again before it is known whether that
     * goes on: it is answered then.
     */
    void wished(Seat seat, String reason) {
        if (membership.state().precedesEpochs() && seat.attachment != null) {
            begin(seat, reason);
        } else {
            refuse(seat, asked(seat, reason));
        }
    }

    /** Has a rank leave with the next planned change; why it cannot, or empty. */
    String asked(Seat seat, String reason) {
        if (membership.state() != GroupState.RUNNING || !membership.isInEpoch(seat)) {
            return seat.name() + " is in no running epoch: "
                    + membership.state().description();
        }
        String objection = objection(seat);
        if (objection.isEmpty() && !seat.draining) {
            begin(seat, reason);
            membership.plan().consider();
        }
        return objection;
    }

    /** The epoch goes on that its members came from: those who wished to leave it may, or hear why not. */
    void inherited() {
        for (Seat seat : context.roster.where(seat -> seat.isMember() && seat.draining)) {
            String objection = objection(seat);
            seat.draining = objection.isEmpty();
            refuse(seat, objection);
        }
    }

    private void begin(Seat seat, String reason) {
        context.note(seat.name() + " is to leave: " + reason);
        seat.draining = true;
    }

    private void refuse(Seat seat, String objection) {
        if (!objection.isEmpty()) {
            context.send(seat, new ControlMessage.DrainRefused(objection));
        }
    }

    private String objection(Seat seat) {
        List<Seat> others = context.roster.where(other -> !other.equals(seat) && other.isMember() && !other.draining);
        return membership.formation().isEnough(others)
                ? ""
                : "without " + seat.name() + " the group would have " + others.size() + " ranks; at least "
                        + context.config.requiredRanks() + " are required";
    }
}
