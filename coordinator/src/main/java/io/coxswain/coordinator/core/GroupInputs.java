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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What each input does. Owned by the group that holds it. */
final class GroupInputs implements Input.Visitor {

    private final GroupContext context;
    private final Membership membership;
    private final Steps steps;
    private final Watch watch;

    GroupInputs(GroupContext context, Membership membership, Steps steps) {
        this.context = context;
        this.membership = membership;
        this.steps = steps;
        this.watch = new Watch(context, membership);
    }

    @Override
    public void onHello(HelloReceived input) {
        membership.join(input.control(), input.hello());
    }

    @Override
    public void onHeartbeat(HeartbeatReceived input) {
        Seat seat = heard(input.control());
        if (seat != null) {
            seat.progress = input.progress();
        }
    }

    @Override
    public void onCommunicatorId(CommunicatorIdReceived input) {
        Seat seat = heard(input.control());
        if (seat == null || membership.state() != GroupState.PREPARING || !membership.isCurrent(input.epoch())) {
            return;
        }
        if (seat.place != 0) {
            membership.lose(List.of(seat), seat.name() + " sent a communicator id; only rank 0 makes one");
            return;
        }
        context.sendToAll(new ControlMessage.CommunicatorId(input.epoch(), input.id()));
    }

    @Override
    public void onPrepared(PreparedReceived input) {
        Seat seat = heard(input.control());
        if (seat != null && membership.isCurrent(input.epoch())) {
            membership.prepared(seat);
        }
    }

    @Override
    public void onPreparationFailed(PreparationFailed input) {
        Seat seat = heard(input.control());
        if (seat != null && membership.isCurrent(input.epoch()) && membership.state() == GroupState.PREPARING) {
            membership.lose(List.of(seat), seat.name() + " could not prepare: " + input.reason());
        }
    }

    @Override
    public void onAbortAcknowledged(AbortAcknowledged input) {
        Seat seat = heard(input.control());
        if (seat != null && membership.isCurrent(input.epoch()) && membership.state() == GroupState.ABORTING) {
            membership.doneWithEpoch(seat, SeatState.JOINED);
        }
    }

    @Override
    public void onCollectiveFailed(CollectiveFailed input) {
        Seat seat = heard(input.control());
        if (seat != null && membership.isCurrent(input.epoch()) && membership.state() == GroupState.RUNNING) {
            membership.lose(List.of(seat), input.reason());
        }
    }

    @Override
    public void onDrainWished(DrainWished input) {
        context.emit(new Effect.SendControl(input.control(), new ControlMessage.DrainRefused("no")));
    }

    @Override
    public void onDrainRequested(DrainRequested input) {
        context.emit(new Effect.AnswerDrain(input.asker(), "no"));
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
        if (membership.state().isEnd()) {
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
        Predicate<Seat> isIt = seat -> seat.place == input.place()
                && !seat.isFree()
                && seat.occupant().member().attempt() == input.attempt();
        for (Seat seat : context.roster.where(isIt)) {
            membership.gone(List.of(seat), "its process has ended: " + input.how());
        }
        context.emit(new Effect.AnswerExit(
                input.asker(), new RestartVerdict(RestartVerdict.Kind.NOT_WANTED, 0, 0, "the job fails")));
    }

    @Override
    public void onTick(Tick input) {
        watch.tick();
    }

    private @Nullable Seat heard(Link control) {
        Seat seat = context.roster.byControl(control);
        if (seat != null) {
            seat.heardOnControl(context.nowNanos);
        }
        return seat;
    }
}
