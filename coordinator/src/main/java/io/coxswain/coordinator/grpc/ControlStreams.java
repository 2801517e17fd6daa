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
import org.jspecify.annotations.Nullable;

/** The control service. Called on the engine's event loop only. */
final class ControlStreams extends ControlServiceGrpc.ControlServiceImplBase {

    private final Helm helm;
    private final String job;

    ControlStreams(Helm helm, String job) {
        this.helm = helm;
        this.job = job;
    }

    @Override
    public StreamObserver<ControlUp> control(StreamObserver<ControlDown> responses) {
        LeaderDesk desk = helm.desk();
        if (desk == null) {
            responses.onError(helm.unavailable().asRuntimeException());
            return new Unheard<>();
        }
        var link = new ControlLink((ServerCallStreamObserver<ControlDown>) responses);
        desk.opened(link);
        return new Receiver(desk.engine(), link);
    }

    @Override
    public void reportExit(ReportExitRequest request, StreamObserver<ReportExitResponse> response) {
        LeaderDesk desk = deskFor(request.getJob(), response);
        if (desk != null) {
            desk.engine()
                    .submit(new Input.MemberExited(
                            new ExitAsker(response), request.getPlace(), request.getAttempt(), request.getHow()));
        }
    }

    @Override
    public void drain(DrainRequest request, StreamObserver<DrainResponse> response) {
        LeaderDesk desk = deskFor(request.getJob(), response);
        if (desk != null) {
            desk.engine()
                    .submit(new Input.DrainRequested(
                            new DrainAsker(response), request.getPlace(), request.getReason()));
        }
    }

    /** Null where the asker was told why it is not served. */
    private @Nullable LeaderDesk deskFor(String asked, StreamObserver<?> response) {
        if (!asked.equals(job)) {
            response.onError(Status.INVALID_ARGUMENT
                    .withDescription("job is \"" + asked + "\"; this coordinator serves \"" + job + "\"")
                    .asRuntimeException());
            return null;
        }
        LeaderDesk desk = helm.desk();
        if (desk == null) {
            response.onError(helm.unavailable().asRuntimeException());
        }
        return desk;
    }

    /** One worker's side of its control stream. */
    private static final class Receiver implements StreamObserver<ControlUp> {

        private final Engine engine;
        private final ControlLink link;
        private boolean greeted;
        private boolean closed;

        Receiver(Engine engine, ControlLink link) {
            this.engine = engine;
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
