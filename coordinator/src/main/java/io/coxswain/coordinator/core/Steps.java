package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;
import io.coxswain.coordinator.core.Input.ReportReceived;
import io.coxswain.coordinator.core.Input.StepOpened;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The step streams: reports in, decisions out. Owned by the group that holds it. */
@SuppressWarnings("ReferenceEquality") // a link is itself and nothing else
final class Steps {

    private final GroupContext context;
    private final Membership membership;
    /** The streams by rank while all are open; made anew when one of them changes. */
    private @Nullable List<Link> streams;

    private @Nullable DecidedStep lastDecided;
    private boolean runFollowsRun;

    Steps(GroupContext context, Membership membership) {
        this.context = context;
        this.membership = membership;
    }

    void open(StepOpened input) {
        Seat seat = context.roster.seatOrNull(input.place());
        String objection = objection(seat, input);
        if (seat == null || objection != null) {
            context.emit(new Effect.CloseStep(input.stream(), CloseKind.REFUSED, String.valueOf(objection)));
            return;
        }
        Link before = seat.step;
        if (before != null) {
            context.emit(new Effect.CloseStep(
                    before, CloseKind.REFUSED, "session " + input.session() + " took the place of this stream"));
        }
        EpochRun run = membership.epoch();
        seat.step = input.stream();
        seat.session = input.session();
        seat.streamFromStep = run.barrier().openStep();
        streams = null;
        resendRecovered(seat, run);
    }

    /** The last decision of an inherited epoch goes to those who have not accepted it, as long as nothing was decided after it. */
    private void resendRecovered(Seat seat, EpochRun run) {
        Attachment.LastDecision recovered = run.recovered();
        Attachment attachment = seat.attachment;
        Link stream = seat.step;
        if (recovered != null
                && attachment != null
                && stream != null
                && attachment.nextStep() <= recovered.step()
                && recovered.step() == run.barrier().openStep() - 1) {
            context.emit(new Effect.ResendDecision(stream, context.term, recovered));
        }
    }

    private @Nullable String objection(@Nullable Seat seat, StepOpened input) {
        if (!input.job().equals(context.config.job())) {
            return "job is \"" + input.job() + "\"; this coordinator serves \"" + context.config.job() + "\"";
        }
        if (seat == null) {
            return context.roster.noSuchPlace(input.place());
        }
        if (!seat.isMember() || !seat.isOf(input.member())) {
            return "member " + input.member() + " does not hold place " + input.place();
        }
        if (membership.state() != GroupState.RUNNING
                || !membership.isCurrent(input.epoch())
                || seat.rank == Seat.NO_RANK) {
            return "epoch " + input.epoch() + " does not run: "
                    + membership.state().description();
        }
        if (input.session() <= seat.session) {
            return "session is " + input.session() + "; allowed are numbers above " + seat.session;
        }
        return null;
    }

    void closed(Link stream, int place) {
        Seat seat = context.roster.seatOrNull(place);
        if (seat != null && seat.step == stream) {
            seat.step = null;
            streams = null;
        }
    }

    void report(ReportReceived input) {
        Seat seat = context.roster.seatOrNull(input.place());
        if (seat == null || seat.step != input.stream()) {
            return; // of a stream that was refused or closed meanwhile: its sender learns of it there
        }
        StepReport report = input.report();
        String stale = stale(report);
        if (stale != null) {
            refuse(input.stream(), new StepRefusal(StepRefusal.Kind.STALE, report.step(), stale));
            return;
        }
        StepBarrier barrier = membership.epoch().barrier();
        boolean quiet = !barrier.hasWork();
        switch (barrier.report(seat.rank, report, context.nowNanos)) {
            case REFUSED -> refuse(input.stream(), barrier.refusal());
            case NOTHING_NEW -> resendDecided(seat, report.step());
            case COMPLETE -> {
                seat.reported(report, context.nowNanos);
                decide(barrier);
            }
            case WAITING -> {
                seat.reported(report, context.nowNanos);
                if (quiet && barrier.hasWork() && !membership.deadlines().waitsForStep()) {
                    membership
                            .deadlines()
                            .waitForStep(
                                    context.nowNanos, context.config.timeouts().stepNanos());
                }
            }
        }
    }

    /** A decision that was made before this stream opened was lost with the stream before it. */
    private void resendDecided(Seat seat, long step) {
        DecidedStep decided = lastDecided;
        Link stream = seat.step;
        if (decided != null
                && stream != null
                && decided.step() == step
                && membership.isCurrent(decided.epoch())
                && step < seat.streamFromStep) {
            context.emit(new Effect.SendDecision(List.of(stream), decided));
        }
    }

    private void waitForStepAfter(Action decided) {
        membership.deadlines().waitForStepAfter(decided, context.nowNanos);
    }

    private @Nullable String stale(StepReport report) {
        if (!report.term().equals(context.term)) {
            return "term is " + report.term() + "; this coordinator's is " + context.term;
        }
        if (!membership.isCurrent(report.epoch())) {
            return "epoch is " + report.epoch() + "; the current one is "
                    + membership.epoch().id();
        }
        return null;
    }

    private void refuse(Link stream, StepRefusal refusal) {
        context.tally.refused(refusal.kind());
        context.emit(new Effect.RefuseReport(stream, context.term, refusal));
    }

    private void decide(StepBarrier barrier) {
        if (membership.plan().isReady() && !barrier.isJobFinished()) {
            reconfigure(barrier);
            return;
        }
        if (runFollowsRun) {
            tallyLateness(barrier);
        }
        long tokens = barrier.reportedTokens();
        DecidedStep decided =
                send(barrier.decide(context.term, membership.epoch().id()));
        Action action = decided.decision().action();
        runFollowsRun = action == Action.RUN;
        switch (action) {
            case RUN -> {
                context.tally.run(decided.decision(), tokens);
                if (decided.step() > 0) {
                    membership.progressed();
                }
                waitForStepAfter(action);
            }
            case CAPTURE -> waitForStepAfter(action);
            case IDLE -> {
                context.tally.idle();
                waitForStepAfter(action);
            }
            case STOP -> membership.stop("every rank has finished; step " + decided.step() + " was the last");
            case RECONFIGURE -> throw new IllegalStateException("a barrier plans no change of membership");
        }
    }

    private void tallyLateness(StepBarrier barrier) {
        List<Seat> members = membership.epoch().members();
        for (int rank = 0; rank < members.size(); rank++) {
            context.tally.late(members.get(rank).place, barrier.latenessNanos(rank));
        }
    }

    /** Nobody may report any more before the group goes on, so a step that waits for work is ended for a planned change. */
    void reconfigureIfWaiting() {
        if (membership.state() == GroupState.RUNNING && membership.plan().isReady()) {
            StepBarrier barrier = membership.epoch().barrier();
            if (barrier.isComplete() && !barrier.isJobFinished()) {
                reconfigure(barrier);
            }
        }
    }

    private void reconfigure(StepBarrier barrier) {
        send(barrier.reconfigure(
                context.term, membership.epoch().id(), membership.plan().next().id()));
        runFollowsRun = false;
        lastDecided = null;
        streams = null;
        membership.plan().carryOut();
    }

    private DecidedStep send(DecidedStep decided) {
        lastDecided = decided;
        context.emit(new Effect.SendDecision(streams(), decided));
        return decided;
    }

    private List<Link> streams() {
        if (streams == null) {
            List<Link> open = new ArrayList<>();
            for (Seat seat : membership.epoch().members()) {
                Link stream = seat.step;
                if (stream != null) {
                    open.add(stream);
                }
            }
            streams = open;
        }
        return streams;
    }
}
