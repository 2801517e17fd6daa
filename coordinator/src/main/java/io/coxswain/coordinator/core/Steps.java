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
        seat.step = input.stream();
        seat.session = input.session();
        streams = null;
    }

    private @Nullable String objection(@Nullable Seat seat, StepOpened input) {
        if (!input.job().equals(context.config.job())) {
            return "job is \"" + input.job() + "\"; this coordinator serves \"" + context.config.job() + "\"";
        }
        if (seat == null) {
            return "place is " + input.place() + "; allowed are 0 to " + (context.config.worldSize() - 1);
        }
        if (seat.isFree() || !seat.occupant().member().equals(input.member())) {
            return "member " + input.member() + " does not hold place " + input.place();
        }
        if (membership.state() != GroupState.RUNNING || !membership.isCurrent(input.epoch())) {
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
        StepBarrier barrier = membership.barrier();
        boolean quiet = !barrier.hasWork();
        StepBarrier.Outcome outcome = barrier.report(seat.place, report, context.nowNanos);
        if (outcome == StepBarrier.Outcome.REFUSED) {
            refuse(input.stream(), barrier.refusal());
            return;
        }
        if (outcome == StepBarrier.Outcome.NOTHING_NEW) {
            return;
        }
        seat.reported(report, context.nowNanos);
        if (outcome == StepBarrier.Outcome.COMPLETE) {
            decide(barrier);
        } else if (quiet && barrier.hasWork() && !membership.deadlines().waitsForStep()) {
            membership
                    .deadlines()
                    .waitForStep(context.nowNanos + context.config.timeouts().stepNanos());
        }
    }

    private @Nullable String stale(StepReport report) {
        if (!report.term().equals(context.term)) {
            return "term is " + report.term() + "; this coordinator's is " + context.term;
        }
        if (!membership.isCurrent(report.epoch())) {
            return "epoch is " + report.epoch() + "; the current one is " + membership.epoch();
        }
        return null;
    }

    private void refuse(Link stream, StepRefusal refusal) {
        context.tally.refused(refusal.kind());
        context.emit(new Effect.RefuseReport(stream, context.term, refusal));
    }

    private void decide(StepBarrier barrier) {
        if (runFollowsRun) {
            for (int rank = 0; rank < context.config.worldSize(); rank++) {
                context.tally.late(rank, barrier.latenessNanos(rank));
            }
        }
        long tokens = barrier.reportedTokens();
        DecidedStep decided = barrier.decide(context.term, membership.epoch());
        context.emit(new Effect.SendDecision(streams(), decided));
        Action action = decided.decision().action();
        runFollowsRun = action == Action.RUN;
        long now = context.nowNanos;
        GroupConfig.Timeouts timeouts = context.config.timeouts();
        switch (action) {
            case RUN -> {
                context.tally.run(decided.decision(), tokens);
                membership.deadlines().waitForStep(now + timeouts.stepNanos());
            }
            case CAPTURE -> membership.deadlines().waitForStep(now + timeouts.firstStepNanos());
            case IDLE -> {
                context.tally.idle();
                membership.deadlines().waitForStep(Deadlines.NONE);
            }
            case STOP -> membership.stop("every rank has finished; step " + decided.step() + " was the last");
            case RECONFIGURE -> throw new IllegalStateException("no change of membership was planned");
        }
    }

    private List<Link> streams() {
        if (streams == null) {
            List<Link> open = new ArrayList<>();
            for (Seat seat : context.roster.seats()) {
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
