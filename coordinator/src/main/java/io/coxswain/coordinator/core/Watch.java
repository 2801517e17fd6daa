package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Finds out, tick by tick, who is lost or late. Owned by the group that holds it. */
final class Watch {

    /** Heartbeats until a late step is talked about: by then it is known who gives no sign of life. */
    private static final int LATE_HEARTBEATS = 4;

    private final GroupContext context;
    private final Membership membership;
    private final Inheritance inheritance;
    /** Which ranks said that a collective of the running epoch failed, and why; at most one entry a rank. */
    private final Map<Seat, String> failedCollectives = new LinkedHashMap<>();

    private String lastLateness = "";

    Watch(GroupContext context, Membership membership, Inheritance inheritance) {
        this.context = context;
        this.membership = membership;
        this.inheritance = inheritance;
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
        inheritance.reconsider();
        if (deadlines.stateIsOver(now)) {
            stateDeadline();
        }
        if (deadlines.planIsOver(now)) {
            membership.plan().deadline();
        }
        if (membership.state() == GroupState.RUNNING) {
            watchStep(deadlines);
        }
    }

    private void watchStep(Deadlines deadlines) {
        if (deadlines.collectiveGraceIsOver(context.nowNanos)) {
            collectiveDeadline();
        } else if (deadlines.stepIsOver(context.nowNanos)) {
            stepDeadline();
        } else {
            noteLateness();
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
            if (seat.controlClosedNanos == Seat.NEVER) {
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
            case REATTACHING -> inheritance.deadline();
            case PREPARING -> {
                List<Seat> late = membership.epoch().unprepared();
                membership.lose(late, Evidence.notPrepared(late, context.config.timeouts()));
            }
            case ABORTING ->
                membership.lostWhileAborting(
                        context.roster.where(seat -> seat.state == SeatState.ABORTING),
                        "it did not acknowledge the abort in time");
            case WAITING -> waitDeadline();
            case RUNNING, DEPOSED, STOPPED, FAILED -> {}
        }
    }

    /** A group that may shrink starts with those who have come. A successor to whom nobody comes does not know how the job is. */
    private void joinDeadline() {
        if (membership.highestEpoch() > 0 && context.roster.latestMembers().isEmpty()) {
            context.note("nobody has come within "
                    + Evidence.seconds(context.config.timeouts().joinNanos())
                    + "; the job goes on under another coordinator, perhaps, which this one cannot see");
            membership.deadlines().entered(GroupState.JOINING, context.nowNanos);
            return;
        }
        List<Seat> ready = context.roster.where(Seat::isMember);
        if (context.config.resilience().onLoss() == OnLoss.SHRINK
                && membership.formation().isEnough(ready)) {
            membership.form(ready);
            return;
        }
        List<Seat> missing = context.roster.where(seat -> !seat.isMember());
        membership.fail(new Verdict(
                missing.stream().map(seat -> seat.place).toList(),
                "the group did not come together within "
                        + Evidence.seconds(context.config.timeouts().joinNanos()) + ": missing "
                        + Evidence.missing(missing)));
    }

    private void waitDeadline() {
        List<Seat> uncounted = membership.formation().uncounted();
        String notCounted = uncounted.isEmpty()
                ? ""
                : "; not counted, since a former member of its place may live: " + Evidence.names(uncounted);
        membership.fail(membership
                .verdict()
                .because("no successor within "
                        + Evidence.seconds(context.config.timeouts().waitNanos()) + ": missing "
                        + Evidence.missing(membership.formation().missing()) + notCounted));
    }

    void collectiveFailed(Seat seat, String reason) {
        if (!membership.deadlines().isCollectiveFailed()) {
            failedCollectives.clear();
        }
        failedCollectives.put(seat, reason);
        membership.deadlines().collectiveFailed(context.nowNanos);
    }

    /** Nobody turned out to be lost: the same members try again. */
    private void collectiveDeadline() {
        List<String> texts = new ArrayList<>();
        failedCollectives.forEach((seat, reason) -> texts.add(seat.name() + ": " + reason));
        membership.abort(Verdict.blameless("collectives failed, and no rank is lost: " + String.join("; ", texts)));
    }

    /** The ranks that the open step waits for, once that takes long; first those that give no sign of life. */
    List<Seat> lateRanks() {
        boolean late = membership.state() == GroupState.RUNNING
                && membership.deadlines().waitsForStepLongerThan(lateNanos(), context.nowNanos);
        return late ? toBlame() : List.of();
    }

    /** What is known of them. */
    String evidence(List<Seat> seats) {
        return Evidence.of(seats, context.roster.where(isSilentFor(silenceNanos())), context.nowNanos);
    }

    private void noteLateness() {
        List<Seat> late = lateRanks();
        String text = late.isEmpty() ? "" : membership.epoch().barrier().openStep() + Evidence.names(late);
        if (!text.isEmpty() && !text.equals(lastLateness)) {
            context.note("step " + membership.epoch().barrier().openStep() + " waits for " + evidence(late));
        }
        lastLateness = text;
    }

    private List<Seat> missing() {
        StepBarrier barrier = membership.epoch().barrier();
        return membership.epoch().members().stream()
                .filter(seat -> !barrier.hasReported(seat.rank))
                .toList();
    }

    /** Those that give no sign of life, else those that have not launched, else all that are missing. */
    private List<Seat> toBlame() {
        List<Seat> missing = missing();
        List<Seat> silent = missing.stream().filter(isSilentFor(silenceNanos())).toList();
        List<Seat> stuck = missing.stream()
                .filter(seat -> !seat.progress.phase().hasLaunched())
                .toList();
        return !silent.isEmpty() ? silent : !stuck.isEmpty() ? stuck : missing;
    }

    private void stepDeadline() {
        List<Seat> missing = missing();
        List<Seat> culprits = toBlame();
        String what = "step " + membership.epoch().barrier().openStep() + " missed its deadline: missing "
                + Evidence.names(missing) + "; to blame " + evidence(culprits);
        if (isCutLink(culprits)) {
            membership.abort(Verdict.blameless(what + ": all have launched and none is done"));
        } else {
            membership.lose(culprits, what);
        }
    }

    private boolean isCutLink(List<Seat> culprits) {
        return culprits.size() == membership.epoch().members().size()
                && culprits.stream().noneMatch(isSilentFor(silenceNanos()))
                && culprits.stream().allMatch(seat -> seat.progress.phase() == Phase.LAUNCHED);
    }

    private long lateNanos() {
        return LATE_HEARTBEATS * context.config.timeouts().heartbeatIntervalNanos();
    }

    /** Three heartbeats missed in a row: too few to drop a rank for, enough to tell who is stuck from who waits for it. */
    private long silenceNanos() {
        return 3 * context.config.timeouts().heartbeatIntervalNanos();
    }
}
