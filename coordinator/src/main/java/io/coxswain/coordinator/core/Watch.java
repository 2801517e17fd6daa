package io.coxswain.coordinator.core;

import java.util.List;
import java.util.function.Predicate;

/** Finds out, tick by tick, who is lost or late. Owned by the group that holds it. */
final class Watch {

    private final GroupContext context;
    private final Membership membership;

    Watch(GroupContext context, Membership membership) {
        this.context = context;
        this.membership = membership;
    }

    void tick() {
        long now = context.nowNanos;
        Deadlines deadlines = membership.deadlines();
        long pause = deadlines.forgivePause(now);
        if (deadlines.heartbeatIsDue(now)) {
            context.sendToAll(new ControlMessage.Heartbeat(context.term));
        }
        if (pause > 0) {
            forgive(pause);
            return;
        }
        if (deadlines.graceIsOver(now)) {
            closedForTooLong();
        }
        silentForTooLong();
        if (deadlines.stateIsOver(now)) {
            stateDeadline();
        }
        if (membership.state() == GroupState.RUNNING && deadlines.stepIsOver(now)) {
            stepDeadline();
        }
    }

    private void forgive(long pauseNanos) {
        context.note("this process was paused for about " + Evidence.seconds(pauseNanos) + "; no rank is judged by it");
        for (Seat seat : context.roster.seats()) {
            if (seat.controlHeardNanos != Seat.NEVER) {
                seat.controlHeardNanos += pauseNanos;
            }
            if (seat.controlClosedNanos != Seat.NEVER) {
                seat.controlClosedNanos = context.nowNanos;
                membership
                        .deadlines()
                        .graceUntil(context.nowNanos + context.config.timeouts().streamGraceNanos());
            }
        }
    }

    private void closedForTooLong() {
        long grace = context.config.timeouts().streamGraceNanos();
        for (Seat seat : context.roster.seats()) {
            if (seat.controlClosedNanos == Seat.NEVER || seat.isFree()) {
                continue;
            }
            long over = seat.controlClosedNanos + grace;
            if (context.nowNanos >= over) {
                seat.controlClosedNanos = Seat.NEVER;
                membership.gone(List.of(seat), seat.detail);
            } else {
                membership.deadlines().graceUntil(over);
            }
        }
    }

    private void silentForTooLong() {
        long timeout = context.config.timeouts().heartbeatTimeoutNanos();
        List<Seat> silent = context.roster.where(isSilentFor(timeout).and(Seat::isMember));
        if (!silent.isEmpty()) {
            membership.gone(silent, "no heartbeat for " + Evidence.seconds(timeout));
        }
    }

    private Predicate<Seat> isSilentFor(long nanos) {
        return seat -> seat.control != null && context.nowNanos - seat.controlHeardNanos >= nanos;
    }

    private void stateDeadline() {
        switch (membership.state()) {
            case JOINING -> joinDeadline();
            case PREPARING -> {
                List<Seat> late = context.roster.where(seat -> seat.state != SeatState.PREPARED);
                membership.lose(
                        late,
                        "not prepared within "
                                + Evidence.seconds(context.config.timeouts().prepareNanos())
                                + ": " + Evidence.names(late));
            }
            case ABORTING -> membership.fail(membership.verdict());
            case RUNNING, STOPPED, FAILED -> {}
        }
    }

    private void joinDeadline() {
        List<Seat> missing = context.roster.where(Seat::isFree);
        membership.fail(new Verdict(
                missing.stream().map(seat -> seat.place).toList(),
                "the group did not come together within "
                        + Evidence.seconds(context.config.timeouts().joinNanos()) + ": missing "
                        + Evidence.missing(missing)));
    }

    /** To blame are the ranks that give no sign of life, else those that have not launched, else all that are missing. */
    private void stepDeadline() {
        StepBarrier barrier = membership.barrier();
        long now = context.nowNanos;
        List<Seat> missing = context.roster.where(seat -> !barrier.hasReported(seat.place));
        List<Seat> silent = context.roster.where(isSilentFor(silenceNanos())).stream()
                .filter(missing::contains)
                .toList();
        List<Seat> stuck = missing.stream()
                .filter(seat -> !seat.progress.phase().hasLaunched())
                .toList();
        List<Seat> culprits = !silent.isEmpty() ? silent : !stuck.isEmpty() ? stuck : missing;
        membership.lose(
                culprits,
                "step " + barrier.openStep() + " missed its deadline: missing " + Evidence.names(missing)
                        + "; to blame " + Evidence.of(culprits, silent, now));
    }

    /** Three heartbeats missed in a row: too few to drop a rank for, enough to tell who is stuck from who waits for it. */
    private long silenceNanos() {
        return 3 * context.config.timeouts().heartbeatIntervalNanos();
    }
}
