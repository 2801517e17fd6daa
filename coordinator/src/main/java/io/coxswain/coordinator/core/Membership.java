package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The group's states, and the epochs that it goes through in them. Owned by the group that holds it. */
final class Membership {

    /** How often the same members are tried again where nobody is known to be to blame. */
    private static final int MAX_BLAMELESS_RETRIES = 2;

    private final GroupContext context;
    private final Deadlines deadlines;
    private final PlannedChange plan;
    private final Formation formation;

    private GroupState state = GroupState.JOINING;
    private Verdict verdict = Verdict.blameless(state.description());
    private @Nullable EpochRun epoch;
    private long highestEpochNumber;
    private int blamelessAborts;
    private @Nullable String noReplacement;

    Membership(GroupContext context) {
        this.context = context;
        this.deadlines = new Deadlines(context.config, context.nowNanos);
        this.plan = new PlannedChange(context, this);
        this.formation = new Formation(context);
    }

    GroupState state() {
        return state;
    }

    Verdict verdict() {
        return verdict;
    }

    Deadlines deadlines() {
        return deadlines;
    }

    PlannedChange plan() {
        return plan;
    }

    Formation formation() {
        return formation;
    }

    GroupSnapshot.Position position(String waitingFor) {
        long step = epoch != null && epoch.hasStarted() ? epoch.barrier().openStep() : 0;
        EpochId id = epoch == null ? null : epoch.id();
        return new GroupSnapshot.Position(context.term, id, step, state, verdict, waitingFor);
    }

    /** The latest epoch that was announced, other than a planned one; only where there is one. */
    EpochRun epoch() {
        if (epoch == null) {
            throw new IllegalStateException("no epoch in state " + state);
        }
        return epoch;
    }

    boolean isCurrent(EpochId other) {
        return epoch != null && epoch.id().equals(other);
    }

    boolean isInEpoch(Seat seat) {
        return epoch != null && epoch.has(seat);
    }

    /** Its rank in the epoch that is prepared or runs, or -1. */
    int rankOf(Seat seat) {
        boolean takesPart = state == GroupState.PREPARING || state == GroupState.RUNNING;
        return epoch != null && takesPart ? epoch.rankOf(seat) : Seat.NO_RANK;
    }

    long highestEpoch() {
        return highestEpochNumber;
    }

    EpochId newEpochId() {
        context.memoryRevision++;
        return new EpochId(context.term, ++highestEpochNumber);
    }

    /** New epochs are above all that anybody has heard of. */
    void heardOfEpoch(long number) {
        highestEpochNumber = Math.max(highestEpochNumber, number);
    }

    /** Every change of state goes through here. */
    void become(GroupState next, Verdict why) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("no transition " + state + " -> " + next + " (" + why.reason() + ")");
        }
        context.emit(new Effect.Transitioned(state, next, why.reason()));
        state = next;
        verdict = why;
        deadlines.entered(next, context.nowNanos);
        switch (next) {
            case JOINING, REATTACHING, WAITING -> {}
            case PREPARING -> announceEpoch();
            case RUNNING -> announceStart();
            case ABORTING -> announceAbort();
            case DEPOSED, STOPPED, FAILED -> announceEnd();
        }
    }

    /** Starts an epoch if those who are there make a group by now. */
    void formIfComplete() {
        List<Seat> members = formation.nextMembers(state, epoch);
        if (members != null) {
            form(members);
        }
    }

    /** Somebody counts who did not before. */
    void reconsider() {
        switch (state) {
            case JOINING, WAITING -> formIfComplete();
            case RUNNING -> plan.consider();
            case REATTACHING, PREPARING, ABORTING, DEPOSED, STOPPED, FAILED -> {}
        }
    }

    void form(List<Seat> ready) {
        epoch = new EpochRun(newEpochId(), ready);
        formation.want(ready);
        become(GroupState.PREPARING, Verdict.blameless(ready.size() + " ranks are there"));
    }

    private void announceEpoch() {
        EpochRun next = epoch();
        for (Seat seat : next.members()) {
            seat.state = SeatState.PREPARING;
            seat.attachment = null;
        }
        context.sendTo(next.members(), membershipOf(next, null));
    }

    ControlMessage.Membership membershipOf(EpochRun next, @Nullable EpochId replaces) {
        long timeout = context.config.timeouts().prepareNanos();
        return new ControlMessage.Membership(context.term, next.id(), next.rankInfos(), timeout, replaces);
    }

    /** Tells a member that is back what it may have missed of an epoch's preparation. */
    void repeatPreparation(Seat seat, EpochRun run, @Nullable EpochId replaces) {
        context.send(seat, membershipOf(run, replaces));
        OpaqueBytes id = run.communicatorId();
        if (id != null) {
            context.send(seat, new ControlMessage.CommunicatorId(run.id(), id));
        }
    }

    /** The epoch that is being prepared is ready to run. */
    void start() {
        become(GroupState.RUNNING, Verdict.blameless("all ranks of epoch " + epoch().id() + " are prepared"));
        plan.consider();
    }

    private void announceStart() {
        EpochRun run = epoch();
        if (!run.hasStarted()) {
            CapturePace pace = context.tally.hasStartedAny() ? CapturePace.WHILE_SERVING : CapturePace.BEFORE_SERVING;
            run.start(new StepBarrier(context.roster.settings(), run.captured(), pace));
            context.epochStarts();
        }
        for (Seat seat : context.roster.seats()) {
            seat.rank = Seat.NO_RANK;
        }
        for (int rank = 0; rank < run.members().size(); rank++) {
            run.members().get(rank).run(rank);
        }
        Attachment.LastDecision inherited = run.recovered();
        if (inherited == null) {
            deadlines.waitForStep(context.nowNanos, context.config.timeouts().firstStepNanos());
        } else {
            deadlines.waitForStepAfter(inherited.action(), context.nowNanos);
        }
        context.sendTo(run.members(), new ControlMessage.Start(context.term, run.id()));
    }

    /** Goes on with an epoch that was started under an earlier coordinator. */
    void inherit(EpochRun inherited) {
        epoch = inherited;
        formation.want(inherited.members());
        become(GroupState.RUNNING, Verdict.blameless("all members of epoch " + inherited.id() + " have re-attached"));
    }

    /** The planned epoch takes over from the one that runs, whose last step was decided. */
    void switchTo(EpochRun next) {
        EpochRun before = epoch();
        closeSteps(before, CloseKind.RECONFIGURED, "epoch " + next.id() + " follows");
        for (Seat seat : before.members()) {
            if (!next.has(seat)) {
                context.memberEnds(seat, SeatState.LEFT, "drained");
            }
        }
        epoch = next;
        formation.want(next.members());
        become(GroupState.RUNNING, Verdict.blameless("epoch " + next.id() + " follows " + before.id() + " as planned"));
    }

    /** A step was decided: whatever went wrong before is overcome. */
    void progressed() {
        blamelessAborts = 0;
        noReplacement = null;
    }

    /** Members of the epoch are gone or taken for gone: it ends. */
    void lose(List<Seat> culprits, String reason) {
        Verdict why = new Verdict(culprits.stream().map(seat -> seat.place).toList(), reason);
        for (Seat seat : culprits) {
            context.memberEnds(seat, SeatState.LOST, reason);
        }
        abort(why);
    }

    void abort(Verdict why) {
        blamelessAborts = why.culprits().isEmpty() ? blamelessAborts + 1 : 0;
        plan.cancel(why);
        become(GroupState.ABORTING, why);
        why.culprits().forEach(place -> dismiss(context.roster.seat(place), why.reason()));
        goOnOnceAllAreTold();
    }

    /** Where the job goes on without it, a lost member is told so at once; where it fails, all are told that. */
    private void dismiss(Seat seat, String why) {
        if (context.config.resilience().onLoss() != OnLoss.FAIL) {
            context.expel(seat, why);
        }
    }

    private void announceAbort() {
        context.epochEnds();
        EpochRun over = epoch();
        context.sendTo(over.members(), new ControlMessage.Abort(context.term, over.id(), verdict));
        closeSteps(over, CloseKind.EPOCH_OVER, verdict.reason());
        for (Seat seat : over.members()) {
            seat.rank = Seat.NO_RANK;
            if (seat.isMember()) {
                seat.state = SeatState.ABORTING;
            }
        }
    }

    void acknowledged(Seat seat, EpochId of) {
        if (state == GroupState.ABORTING && isCurrent(of) && seat.state == SeatState.ABORTING) {
            seat.state = SeatState.JOINED;
            goOnOnceAllAreTold();
        }
    }

    /** A survivor of the abort is gone, or has not acknowledged it in time: it is to blame as well. */
    void lostWhileAborting(List<Seat> seats, String how) {
        for (Seat seat : seats) {
            context.memberEnds(seat, SeatState.LOST, how);
            dismiss(seat, how);
            verdict = verdict.with(seat.place);
        }
        goOnOnceAllAreTold();
    }

    private void goOnOnceAllAreTold() {
        if (state == GroupState.ABORTING
                && context.roster
                        .where(seat -> seat.state == SeatState.ABORTING)
                        .isEmpty()) {
            goOn();
        }
    }

    /** What the policy says about the end of an epoch, or of the hope to inherit one. */
    void goOn() {
        if (verdict.culprits().isEmpty() && blamelessAborts > MAX_BLAMELESS_RETRIES) {
            fail(Verdict.blameless("the same ranks were tried " + (MAX_BLAMELESS_RETRIES + 1)
                    + " times, and nobody is known to be to blame: " + verdict.reason()));
        } else if (!verdict.culprits().isEmpty() && context.config.resilience().onLoss() == OnLoss.FAIL) {
            fail(verdict);
        } else {
            formIfComplete();
            if (state != GroupState.PREPARING) {
                waitForOthers();
            }
        }
    }

    private void waitForOthers() {
        if (noReplacement != null) {
            fail(verdict.because(noReplacement));
        } else {
            become(GroupState.WAITING, verdict);
        }
    }

    /** Nobody will come to a place any more. */
    void noReplacement(String reason) {
        noReplacement = reason;
        if (state == GroupState.WAITING || state == GroupState.JOINING) {
            fail(verdict.because(reason));
        }
    }

    /** The epoch that an earlier coordinator ran is given up. */
    void abandoned(@Nullable Attachment candidate, String reason) {
        if (candidate != null) {
            formation.want(candidate.ranks().stream()
                    .map(ControlMessage.RankInfo::place)
                    .collect(Collectors.toSet()));
        }
        verdict =
                new Verdict(formation.missing().stream().map(seat -> seat.place).toList(), reason);
        goOn();
    }

    void fail(Verdict why) {
        become(GroupState.FAILED, why);
    }

    void stop(String reason) {
        become(GroupState.STOPPED, Verdict.blameless(reason));
    }

    private void announceEnd() {
        if (epoch != null) {
            closeSteps(epoch, state == GroupState.STOPPED ? CloseKind.STOPPED : CloseKind.EPOCH_OVER, verdict.reason());
        }
        for (Seat seat : context.roster.seats()) {
            Link control = seat.control;
            if (control != null) {
                if (state != GroupState.DEPOSED) {
                    context.emit(new Effect.SendControl(control, new ControlMessage.JobEnded(state, verdict)));
                }
                context.emit(new Effect.CloseControl(control));
            }
        }
    }

    private void closeSteps(EpochRun of, CloseKind kind, String reason) {
        for (Seat seat : of.members()) {
            Link stream = seat.step;
            if (stream != null) {
                context.emit(new Effect.CloseStep(stream, kind, reason));
                seat.step = null;
            }
        }
    }

    /** Workers are gone: free places while the group comes together, a loss while it works, and nothing once they have left. */
    void gone(List<Seat> theGone, String how) {
        List<Seat> seats = theGone.stream().filter(Seat::isMember).toList();
        switch (state) {
            case JOINING ->
                seats.forEach(seat -> {
                    context.memberFreed(seat, "left before the group was complete: " + how);
                    context.note("rank " + seat.place + " " + seat.detail);
                });
            case REATTACHING, WAITING -> seats.forEach(seat -> loseOutside(seat, how));
            case PREPARING, RUNNING -> {
                List<Seat> inside = seats.stream().filter(this::isInEpoch).toList();
                seats.stream().filter(seat -> !isInEpoch(seat)).forEach(seat -> {
                    loseOutside(seat, how);
                    plan.memberGone(seat, how);
                });
                if (!inside.isEmpty()) {
                    lose(inside, Evidence.of(inside, inside, context.nowNanos) + "; " + how);
                }
            }
            case ABORTING -> lostWhileAborting(seats, how);
            case DEPOSED, STOPPED, FAILED -> seats.forEach(seat -> seat.state = SeatState.LEFT);
        }
    }

    private void loseOutside(Seat seat, String how) {
        context.note(seat.name() + " is lost while it was in no epoch: " + how);
        context.memberEnds(seat, SeatState.LOST, how);
        context.expel(seat, how);
    }
}
