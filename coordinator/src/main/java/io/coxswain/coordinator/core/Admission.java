package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.ControlMessage.Refused;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is let in, and what somebody who comes back is told. Owned by the group that holds it. */
final class Admission {

    private final GroupContext context;
    private final Membership membership;
    private final Inheritance inheritance;
    private long highestPromise;

    Admission(GroupContext context, Membership membership, Inheritance inheritance) {
        this.context = context;
        this.membership = membership;
        this.inheritance = inheritance;
    }

    long highestPromise() {
        return highestPromise;
    }

    void hello(Link control, Hello said) {
        Hello hello = context.roster.numbered(said, context.term);
        highestPromise = Math.max(highestPromise, hello.promisedTerm().number());
        membership.heardOfEpoch(hello.standing().highestEpoch());
        Attachment attachment = hello.standing().attachment();
        if (attachment != null) {
            membership.heardOfEpoch(attachment.epoch().number());
        }
        Refused objection = objection(hello);
        if (objection != null && objection.kind() == Refused.Kind.ENDED && hasMissedTheEnd(hello)) {
            context.note(hello.member() + " of place " + hello.place().orElse(-1) + " has missed the job's end");
            context.emit(new Effect.SendControl(
                    control, new ControlMessage.JobEnded(membership.state(), membership.verdict())));
            context.emit(new Effect.CloseControl(control));
            return;
        }
        if (objection == null) {
            admit(control, hello);
            return;
        }
        context.tally.refused(objection.kind());
        context.note(
                "refused " + hello.origin().host() + " pid " + hello.origin().pid() + ": " + objection.reason());
        context.emit(new Effect.SendControl(control, objection));
        context.emit(new Effect.CloseControl(control));
        if (objection.kind() == Refused.Kind.STALE_TERM && !membership.state().isEnd()) {
            membership.become(
                    GroupState.DEPOSED,
                    Verdict.blameless(
                            "a member has promised term " + hello.promisedTerm() + "; this one is " + context.term));
        }
    }

    private @Nullable Refused objection(Hello hello) {
        TermId promised = hello.promisedTerm();
        if (promised.number() > context.term.number()
                || (promised.number() == context.term.number() && !promised.equals(context.term))) {
            return new Refused(
                    Refused.Kind.STALE_TERM,
                    "this coordinator's term is " + context.term + "; the member has promised " + promised);
        }
        if (membership.state().isEnd()) {
            return new Refused(
                    Refused.Kind.ENDED,
                    membership.state().description() + ": "
                            + membership.verdict().reason());
        }
        Refused general = context.roster.objection(hello);
        return general != null ? general : context.roster.objectionToPlace(hello);
    }

    /** It was in the job to the end, and the word of that was lost with its stream. */
    private boolean hasMissedTheEnd(Hello hello) {
        boolean hasEnded = membership.state() == GroupState.STOPPED || membership.state() == GroupState.FAILED;
        boolean wasHere = context.roster
                        .where(seat -> seat.isOf(hello.member()) && seat.state != SeatState.LOST)
                        .size()
                == 1;
        return hasEnded && (wasHere || inheritance.wasAtTheEnd(hello.member()));
    }

    private void admit(Link control, Hello hello) {
        Seat seat = context.roster.seatFor(hello);
        if (seat.isOf(hello.member())) {
            comesBack(seat, control, hello);
            return;
        }
        if (seat.isMember()) {
            displace(seat, hello);
        }
        context.memberJoins(seat, hello, control);
        seat.hasPromised = hello.promisedTerm().equals(context.term);
        welcome(seat);
        if (membership.state().precedesEpochs()) {
            inheritance.joined(seat);
        } else {
            leaveForeignEpoch(seat);
            newcomer();
        }
    }

    private void welcome(Seat seat) {
        context.send(
                seat,
                new ControlMessage.Welcome(context.term, seat.place, seat.highestAttempt(), context.config.timeouts()));
    }

    /** A place takes a higher attempt, whatever its holder is doing; the holder has to exit. */
    private void displace(Seat seat, Hello successor) {
        String why = "attempt " + successor.member().attempt() + " has taken place " + seat.place;
        context.expel(seat, why);
        membership.gone(List.of(seat), why);
    }

    /** An epoch that this coordinator neither made nor inherited is over for whoever comes from it. */
    private void leaveForeignEpoch(Seat seat) {
        Attachment attachment = seat.attachment;
        seat.attachment = null;
        if (attachment != null) {
            context.tellItIsOver(seat, attachment, "this coordinator does not run epoch " + attachment.epoch());
        }
    }

    private void newcomer() {
        if (membership.state() == GroupState.WAITING) {
            membership.formIfComplete();
        } else {
            membership.plan().consider();
        }
    }

    /** The same member on a new control stream: it is told again what it may have missed. */
    private void comesBack(Seat seat, Link control, Hello hello) {
        Link before = seat.control;
        if (before != null) {
            context.emit(new Effect.CloseControl(before));
        }
        seat.attach(control, context.nowNanos);
        seat.hasPromised = hello.promisedTerm().equals(context.term);
        seat.detail = "";
        context.note(seat.name() + " is back on a new control stream");
        welcome(seat);
        Attachment attachment = hello.standing().attachment();
        if (membership.state().precedesEpochs()) {
            // It may have been with an earlier coordinator meanwhile.
            seat.attachment = attachment;
            inheritance.joined(seat);
            return;
        }
        switch (seat.state) {
            case JOINED -> {
                if (attachment != null && seat.attachment == null) {
                    context.tellItIsOver(seat, attachment, membership.verdict().reason());
                }
            }
            case PREPARING, PREPARED, RUNNING -> repeat(seat, attachment);
            case ABORTING ->
                context.send(
                        seat,
                        new ControlMessage.Abort(
                                context.term, membership.epoch().id(), membership.verdict()));
            case MISSING, LOST, LEFT -> throw new IllegalStateException(seat.name() + " is " + seat.state);
        }
        membership.plan().repeat(seat);
    }

    private void repeat(Seat seat, @Nullable Attachment attachment) {
        if (!membership.isInEpoch(seat)) {
            return; // a newcomer that prepares a planned epoch
        }
        EpochRun run = membership.epoch();
        membership.repeatPreparation(seat, run, null);
        if (run.hasStarted()) {
            context.send(seat, new ControlMessage.Start(context.term, run.id()));
        }
        boolean stopped = attachment == null
                || (attachment.epoch().equals(run.id()) && attachment.state() == Attachment.State.ABORTED);
        if (stopped && run.isPrepared(seat)) {
            membership.abort(
                    Verdict.blameless(seat.name() + " came back and does not work on epoch " + run.id() + " any more"));
        }
    }
}
