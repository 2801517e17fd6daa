package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.Input.AbortAcknowledged;
import io.coxswain.coordinator.core.Input.CollectiveFailed;
import io.coxswain.coordinator.core.Input.CommunicatorIdReceived;
import io.coxswain.coordinator.core.Input.ControlClosed;
import io.coxswain.coordinator.core.Input.DrainRequested;
import io.coxswain.coordinator.core.Input.DrainWished;
import io.coxswain.coordinator.core.Input.HeartbeatReceived;
import io.coxswain.coordinator.core.Input.HelloReceived;
import io.coxswain.coordinator.core.Input.LeaveReceived;
import io.coxswain.coordinator.core.Input.MemberExited;
import io.coxswain.coordinator.core.Input.PreparationFailed;
import io.coxswain.coordinator.core.Input.PreparedReceived;
import io.coxswain.coordinator.core.Input.ReportReceived;
import io.coxswain.coordinator.core.Input.StepClosed;
import io.coxswain.coordinator.core.Input.StepOpened;
import io.coxswain.coordinator.core.Input.Tick;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What each input does. Owned by the group that holds it. */
final class GroupInputs implements Input.Visitor {

    private final GroupContext context;
    private final Membership membership;
    private final Steps steps;
    private final Admission admission;
    private final Inheritance inheritance;
    private final Preparation preparation;
    private final Restarts restarts;
    private final Drains drains;
    private final Watch watch;

    GroupInputs(GroupContext context, Membership membership) {
        this.context = context;
        this.membership = membership;
        this.steps = new Steps(context, membership);
        this.preparation = new Preparation(context, membership);
        this.restarts = new Restarts(context, membership);
        this.drains = new Drains(context, membership);
        this.inheritance = new Inheritance(context, membership, drains);
        this.admission = new Admission(context, membership, inheritance);
        this.watch = new Watch(context, membership, inheritance);
    }

    Restarts restarts() {
        return restarts;
    }

    long highestPromise() {
        return admission.highestPromise();
    }

    /** Who is late for the open step, as long as people want to know it. */
    List<Seat> lateRanks() {
        return watch.lateRanks();
    }

    /** What is known of them. */
    String evidence(List<Seat> late) {
        return watch.evidence(late);
    }

    @Override
    public void onHello(HelloReceived input) {
        admission.hello(input.control(), input.hello());
    }

    @Override
    public void onHeartbeat(HeartbeatReceived input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            seat.progress = input.progress();
            inheritance.promised(seat);
        }
    }

    @Override
    public void onCommunicatorId(CommunicatorIdReceived input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            preparation.communicatorId(seat, input.epoch(), input.id());
        }
    }

    @Override
    public void onPrepared(PreparedReceived input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            preparation.prepared(seat, input.epoch());
            steps.reconfigureIfWaiting();
        }
    }

    @Override
    public void onPreparationFailed(PreparationFailed input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            inheritance.brokeOff(seat, input.epoch());
            preparation.failed(seat, input.epoch(), input.reason());
        }
    }

    @Override
    public void onAbortAcknowledged(AbortAcknowledged input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            membership.acknowledged(seat, input.epoch());
        }
    }

    @Override
    public void onCollectiveFailed(CollectiveFailed input) {
        Seat seat = heard(input.control());
        if (seat == null) {
            return;
        }
        inheritance.brokeOff(seat, input.epoch());
        if (membership.state() == GroupState.RUNNING && membership.isCurrent(input.epoch())) {
            watch.collectiveFailed(seat, input.reason());
        }
    }

    @Override
    public void onDrainWished(DrainWished input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            drains.wished(seat, input.reason());
        }
    }

    @Override
    public void onDrainRequested(DrainRequested input) {
        Seat seat = context.roster.seatOrNull(input.place());
        String refusal = seat == null ? context.roster.noSuchPlace(input.place()) : drains.asked(seat, input.reason());
        context.emit(new Effect.AnswerDrain(input.asker(), refusal));
    }

    @Override
    public void onLeave(LeaveReceived input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            membership.gone(List.of(seat), "it left: " + input.reason());
        }
    }

    @Override
    public void onControlClosed(ControlClosed input) {
        Seat seat = context.roster.byControl(input.control());
        if (seat == null) {
            return;
        }
        seat.control = null;
        if (membership.state().isEnd() || !seat.isMember()) {
            membership.gone(List.of(seat), input.reason());
            return;
        }
        seat.controlClosedNanos = context.nowNanos;
        seat.detail = "control stream closed: " + input.reason();
        membership
                .deadlines()
                .graceUntil(context.nowNanos + context.config.timeouts().streamGraceNanos());
    }

    @Override
    public void onStepOpened(StepOpened input) {
        steps.open(input);
    }

    @Override
    public void onReport(ReportReceived input) {
        steps.report(input);
    }

    @Override
    public void onStepClosed(StepClosed input) {
        steps.closed(input.stream(), input.place());
    }

    @Override
    public void onMemberExited(MemberExited input) {
        Seat seat = context.roster.seatOrNull(input.place());
        if (seat == null) {
            String why = context.roster.noSuchPlace(input.place());
            RestartVerdict refused = new RestartVerdict(RestartVerdict.Kind.REFUSED, 0, 0, why);
            context.emit(new Effect.AnswerExit(input.asker(), refused));
            return;
        }
        seat.endedAttempt = Math.max(seat.endedAttempt, input.attempt());
        context.memoryRevision++;
        if (seat.isMember() && seat.highestAttempt() == input.attempt()) {
            membership.gone(List.of(seat), "its process has ended: " + input.how());
        }
        membership.reconsider();
        inheritance.reconsider();
        context.emit(new Effect.AnswerExit(input.asker(), restarts.judge(seat, input.attempt())));
    }

    @Override
    public void onTick(Tick input) {
        watch.tick();
    }

    private @Nullable Seat heard(Link control) {
        Seat seat = context.roster.byControl(control);
        if (seat == null) {
            context.tally.refusedStale();
        } else {
            seat.heardOnControl(context.nowNanos);
        }
        return seat;
    }
}
