package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;
import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.Transport;
import io.grpc.Status;
import java.util.List;

/** Carries out the engine's effects on gRPC streams. Used on the engine's event loop only. */
final class GrpcTransport implements Transport {

    private final ControlEncoder control;
    private final StepEncoder steps;

    GrpcTransport(ControlEncoder control, StepEncoder steps) {
        this.control = control;
        this.steps = steps;
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
    public void refuse(Link stream, TermId term, StepRefusal refusal) {
        ((StepLink) stream).send(steps.refusal(ControlEncoder.term(term), refusal));
    }

    @Override
    public void close(Link stream, CloseKind kind, String reason) {
        StepLink link = (StepLink) stream;
        switch (kind) {
            case STOPPED -> link.complete();
            case EPOCH_OVER -> link.fail(Status.ABORTED.withDescription(reason));
            case REFUSED -> link.fail(Status.FAILED_PRECONDITION.withDescription(reason));
        }
    }
}
