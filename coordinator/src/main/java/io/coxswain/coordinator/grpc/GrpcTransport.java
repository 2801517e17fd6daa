package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;
import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.RestartVerdict;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.Transport;
import io.grpc.Status;
import java.util.List;

/** Carries out the engine's effects on gRPC streams. Used on the engine's event loop only. */
final class GrpcTransport implements Transport {

    private final ControlEncoder control;
    private final StepEncoder steps;
    private final MemberWatchers watchers;

    GrpcTransport(ControlEncoder control, StepEncoder steps, MemberWatchers watchers) {
        this.control = control;
        this.steps = steps;
        this.watchers = watchers;
    }

    @Override
    public void send(Link link, ControlMessage message) {
        ((ControlLink) link).send(message.accept(control));
    }

    @Override
    public void close(Link link) {
        ((ControlLink) link).complete();
    }

    @Override
    public void send(List<Link> streams, DecidedStep decided) {
        EncodedMessage message = steps.decision(decided);
        for (int i = 0; i < streams.size(); i++) {
            ((StepLink) streams.get(i)).send(message);
        }
    }

    @Override
    public void resend(Link stream, TermId term, Attachment.LastDecision decision) {
        ((StepLink) stream)
                .send(steps.recovered(
                        ControlEncoder.term(term), decision.encoded().toByteArray()));
    }

    @Override
    public void answer(Link asker, RestartVerdict verdict) {
        ((ExitAsker) asker).answer(verdict);
    }

    @Override
    public void answer(Link asker, String refusal) {
        ((DrainAsker) asker).answer(refusal);
    }

    @Override
    public void publish(List<PlaceMember> places) {
        watchers.publish(places);
    }

    @Override
    public void refuse(Link stream, TermId term, StepRefusal refusal) {
        ((StepLink) stream).send(steps.refusal(ControlEncoder.term(term), refusal));
    }

    @Override
    public void close(Link stream, CloseKind kind, String reason) {
        StepLink link = (StepLink) stream;
        switch (kind) {
            case STOPPED, RECONFIGURED -> link.complete();
            case EPOCH_OVER -> link.fail(Status.ABORTED.withDescription(reason));
            case REFUSED -> link.fail(Status.FAILED_PRECONDITION.withDescription(reason));
        }
    }
}
