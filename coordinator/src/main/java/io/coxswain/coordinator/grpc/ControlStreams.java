package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.DrainRequest;
import io.coxswain.v1.DrainResponse;
import io.coxswain.v1.Refused;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The control service. Called on the engine's event loop only. */
final class ControlStreams extends ControlServiceGrpc.ControlServiceImplBase {

    private final Engine engine;
    private final String job;

    ControlStreams(Engine engine, String job) {
        this.engine = engine;
        this.job = job;
    }

    @Override
    public StreamObserver<ControlUp> control(StreamObserver<ControlDown> responses) {
        return new Receiver(new ControlLink((ServerCallStreamObserver<ControlDown>) responses));
    }

    @Override
    public void reportExit(ReportExitRequest request, StreamObserver<ReportExitResponse> response) {
        if (!isOurs(request.getJob(), response)) {
            return;
        }
        engine.submit(new Input.MemberExited(
                new ExitAsker(response), request.getPlace(), request.getAttempt(), request.getHow()));
    }

    @Override
    public void drain(DrainRequest request, StreamObserver<DrainResponse> response) {
        if (isOurs(request.getJob(), response)) {
            engine.submit(new Input.DrainRequested(new DrainAsker(response), request.getPlace(), request.getReason()));
        }
    }

    private boolean isOurs(String asked, StreamObserver<?> response) {
        boolean ours = asked.equals(job);
        if (!ours) {
            response.onError(Status.INVALID_ARGUMENT
                    .withDescription("job is \"" + asked + "\"; this coordinator serves \"" + job + "\"")
                    .asRuntimeException());
        }
        return ours;
    }

    /** One worker's side of its control stream. */
    private final class Receiver implements StreamObserver<ControlUp> {

        private final ControlLink link;
        private boolean greeted;
        private boolean closed;

        Receiver(ControlLink link) {
            this.link = link;
            link.onCancel(() -> closed("the connection is gone"));
        }

        @Override
        public void onNext(ControlUp message) {
            if (closed) {
                return;
            }
            if (greeted == message.hasHello()) {
                refuse(greeted ? "hello was sent before" : "the first message has to be hello");
                return;
            }
            greeted = true;
            Input input;
            try {
                input = ControlDecoder.input(link, message);
            } catch (IllegalArgumentException invalid) {
                refuse(String.valueOf(invalid.getMessage()));
                return;
            }
            engine.submit(input);
        }

        private void refuse(String reason) {
            link.send(ControlDown.newBuilder()
                    .setRefused(Refused.newBuilder()
                            .setKind(Refused.Kind.KIND_INVALID)
                            .setReason(reason))
                    .build());
            link.fail(Status.INVALID_ARGUMENT.withDescription(reason));
            closed(reason);
        }

        @Override
        public void onError(Throwable cause) {
            closed(Status.fromThrowable(cause).toString());
        }

        @Override
        public void onCompleted() {
            closed("the worker closed it");
            link.complete();
        }

        private void closed(String reason) {
            if (!closed) {
                closed = true;
                engine.submit(new Input.ControlClosed(link, reason));
            }
        }
    }
}
