package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.ControlMessage.Refused;
import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The group's states, and who is a member in them. Owned by the group that holds it. */
final class Membership {

    private final GroupContext context;
    private final Deadlines deadlines;

    private GroupState state = GroupState.JOINING;
    private Verdict verdict = new Verdict(List.of(), state.description());
    private @Nullable EpochId epoch;
    private @Nullable StepBarrier barrier;
    private long lastEpochNumber;

    Membership(GroupContext context) {
        this.context = context;
        this.deadlines = new Deadlines(context.config.timeouts(), context.nowNanos);
    }

    GroupState state() {
        return state;
    }

    Deadlines deadlines() {
        return deadlines;
    }

    GroupSnapshot.Position position() {
        long step = barrier == null ? 0 : barrier.openStep();
        return new GroupSnapshot.Position(context.term, epoch, step, state, verdict);
    }

    /** The current epoch; only where one was announced. */
    EpochId epoch() {
        if (epoch == null) {
            throw new IllegalStateException("no epoch in state " + state);
        }
        return epoch;
    }

    boolean isCurrent(EpochId other) {
        return other.equals(epoch);
    }

    /** The steps of the current epoch; only while it runs. */
    StepBarrier barrier() {
        if (barrier == null) {
            throw new IllegalStateException("no steps in state " + state);
        }
        return barrier;
    }

    /** Every change of state goes through here. */
    private void become(GroupState next, Verdict why) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("no transition " + state + " -> " + next + " (" + why.reason() + ")");
        }
        context.emit(new Effect.Transitioned(state, next, why.reason()));
        state = next;
        verdict = why;
        deadlines.entered(next, context.nowNanos);
        switch (next) {
            case JOINING -> {}
            case PREPARING -> announceEpoch();
            case RUNNING -> announceStart();
            case ABORTING -> announceAbort();
            case STOPPED, FAILED -> announceEnd();
        }
    }

    void join(Link control, Hello hello) {
        Refused objection = objection(hello);
        if (objection != null) {
            context.tally.refused(objection.kind());
            context.note("refused " + hello.origin().host() + " pid "
                    + hello.origin().pid() + ": " + objection.reason());
            context.emit(new Effect.SendControl(control, objection));
            context.emit(new Effect.CloseControl(control));
            return;
        }
        Seat seat = context.roster.admit(hello);
        if (seat.isFree()) {
            seat.take(hello, control, context.nowNanos);
        } else {
            seat.attach(control, context.nowNanos);
        }
        context.emit(new Effect.SendControl(
                control, new ControlMessage.Welcome(context.term, seat.place, context.config.timeouts())));
        if (state == GroupState.JOINING && context.roster.all(SeatState.JOINED)) {
            become(GroupState.PREPARING, noCulprit("all " + context.config.worldSize() + " ranks have joined"));
        }
    }

    private @Nullable Refused objection(Hello hello) {
        if (state.isEnd() || state == GroupState.ABORTING) {
            return new Refused(Refused.Kind.ENDED, state.description() + ": " + verdict.reason());
        }
        Refused general = context.roster.objection(hello);
        return general != null ? general : context.roster.objectionToPlace(hello);
    }

    private void announceEpoch() {
        epoch = new EpochId(context.term, ++lastEpochNumber);
        List<ControlMessage.RankInfo> ranks = new ArrayList<>();
        for (Seat seat : context.roster.seats()) {
            Hello hello = seat.occupant();
            ranks.add(new ControlMessage.RankInfo(seat.place, hello.member(), hello.origin()));
            seat.state = SeatState.PREPARING;
        }
        long timeout = context.config.timeouts().prepareNanos();
        context.sendToAll(new ControlMessage.Membership(context.term, epoch(), List.copyOf(ranks), timeout, null));
    }

    void prepared(Seat seat) {
        if (state != GroupState.PREPARING) {
            return;
        }
        seat.state = SeatState.PREPARED;
        if (context.roster.all(SeatState.PREPARED)) {
            become(GroupState.RUNNING, noCulprit("all ranks of epoch " + epoch() + " are prepared"));
        }
    }

    private void announceStart() {
        barrier = new StepBarrier(context.roster.settings(), context.roster.captured());
        for (Seat seat : context.roster.seats()) {
            seat.state = SeatState.RUNNING;
        }
        deadlines.waitForStep(context.nowNanos + context.config.timeouts().firstStepNanos());
        context.sendToAll(new ControlMessage.Start(context.term, epoch()));
    }

    /** Members are gone or taken for gone: the epoch ends, and with it the job. */
    void lose(List<Seat> culprits, String reason) {
        for (Seat seat : culprits) {
            seat.state = SeatState.LOST;
            seat.detail = reason;
        }
        become(
                GroupState.ABORTING,
                new Verdict(culprits.stream().map(seat -> seat.place).toList(), reason));
        failOnceAllAreTold();
    }

    private void announceAbort() {
        context.sendToAll(new ControlMessage.Abort(context.term, epoch(), verdict));
        closeSteps(CloseKind.EPOCH_OVER);
    }

    /** A survivor has acknowledged the abort, or cannot any more. */
    void doneWithEpoch(Seat seat, SeatState then) {
        if (seat.isMember()) {
            seat.state = then;
        }
        failOnceAllAreTold();
    }

    private void failOnceAllAreTold() {
        if (state == GroupState.ABORTING
                && context.roster
                        .where(seat -> seat.isMember() && seat.state != SeatState.JOINED)
                        .isEmpty()) {
            fail(verdict);
        }
    }

    void fail(Verdict why) {
        become(GroupState.FAILED, why);
    }

    Verdict verdict() {
        return verdict;
    }

    void stop(String reason) {
        become(GroupState.STOPPED, noCulprit(reason));
    }

    private void announceEnd() {
        context.sendToAll(new ControlMessage.JobEnded(state, verdict));
        closeSteps(state == GroupState.STOPPED ? CloseKind.STOPPED : CloseKind.EPOCH_OVER);
        for (Seat seat : context.roster.seats()) {
            Link control = seat.control;
            if (control != null) {
                context.emit(new Effect.CloseControl(control));
            }
        }
    }

    private void closeSteps(CloseKind kind) {
        for (Seat seat : context.roster.seats()) {
            Link stream = seat.step;
            if (stream != null) {
                context.emit(new Effect.CloseStep(stream, kind, verdict.reason()));
                seat.step = null;
            }
        }
    }

    private static Verdict noCulprit(String reason) {
        return new Verdict(List.of(), reason);
    }

    /** Workers are gone: free places while the group comes together, a loss while it works, and nothing later. */
    void gone(List<Seat> seats, String how) {
        switch (state) {
            case JOINING -> {
                for (Seat seat : seats) {
                    seat.free("left before the group was complete: " + how);
                    context.note("rank " + seat.place + " " + seat.detail);
                }
            }
            case PREPARING, RUNNING -> lose(seats, Evidence.of(seats, seats, context.nowNanos) + "; " + how);
            case ABORTING -> seats.forEach(seat -> doneWithEpoch(seat, SeatState.LOST));
            case STOPPED, FAILED -> seats.stream().filter(Seat::isMember).forEach(seat -> seat.state = SeatState.LEFT);
        }
    }
}
