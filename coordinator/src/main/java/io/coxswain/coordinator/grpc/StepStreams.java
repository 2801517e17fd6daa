package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.Rehearsal;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepOpen;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepServiceGrpc;
import io.coxswain.v1.StepUp;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

/** The step service, whose answers are encoded once and sent as bytes. Called on the engine's event loop only. */
final class StepStreams {

    private final Helm helm;
    private final StepEncoder encoder;

    StepStreams(Helm helm, StepEncoder encoder) {
        this.helm = helm;
        this.encoder = encoder;
    }

    /** The service as the contract defines it, but for the marshaller of what goes down. */
    ServerServiceDefinition definition() {
        MethodDescriptor<StepUp, EncodedMessage> step = encoded(StepServiceGrpc.getStepMethod());
        MethodDescriptor<StepUp, EncodedMessage> rehearse = encoded(StepServiceGrpc.getRehearseMethod());
        ServiceDescriptor contract = StepServiceGrpc.getServiceDescriptor();
        ServiceDescriptor service = ServiceDescriptor.newBuilder(contract.getName())
                .setSchemaDescriptor(contract.getSchemaDescriptor())
                .addMethod(step)
                .addMethod(rehearse)
                .build();
        return ServerServiceDefinition.builder(service)
                .addMethod(step, ServerCalls.asyncBidiStreamingCall(this::receiver))
                .addMethod(rehearse, ServerCalls.asyncBidiStreamingCall(down -> new Rehearser(link(down))))
                .build();
    }

    private static MethodDescriptor<StepUp, EncodedMessage> encoded(MethodDescriptor<StepUp, StepDown> method) {
        return method.toBuilder(method.getRequestMarshaller(), EncodedMessage.MARSHALLER)
                .build();
    }

    private StreamObserver<StepUp> receiver(StreamObserver<EncodedMessage> down) {
        LeaderDesk desk = helm.desk();
        if (desk == null) {
            down.onError(helm.unavailable().asRuntimeException());
            return new Unheard<>();
        }
        StepLink link = link(down);
        desk.opened(link);
        return new Receiver(desk.engine(), link);
    }

    private static StepLink link(StreamObserver<EncodedMessage> down) {
        return new StepLink((ServerCallStreamObserver<EncodedMessage>) down);
    }

    /** One rank's side of its step stream. */
    private final class Receiver implements StreamObserver<StepUp> {

        private static final int NOT_OPENED = -1;

        private final Engine engine;
        private final StepLink link;
        private int place = NOT_OPENED;

        Receiver(Engine engine, StepLink link) {
            this.engine = engine;
            this.link = link;
            link.onCancel(this::closed);
        }

        @Override
        public void onNext(StepUp message) {
            switch (message.getBodyCase()) {
                case REPORT -> report(message.getReport());
                case OPEN -> open(message.getOpen());
                case BODY_NOT_SET -> fail("body is not set or not known; allowed are open and report");
            }
        }

        private void open(StepOpen open) {
            if (place != NOT_OPENED) {
                fail("open was sent before");
                return;
            }
            Input input;
            try {
                input = new Input.StepOpened(
                        link,
                        open.getJob(),
                        open.getPlace(),
                        StepDecoder.member(open.getMember()),
                        StepDecoder.epoch(open.getEpoch()),
                        open.getSession());
            } catch (IllegalArgumentException invalid) {
                fail(String.valueOf(invalid.getMessage()));
                return;
            }
            place = open.getPlace();
            engine.submit(input);
        }

        private void report(StepReport report) {
            if (place == NOT_OPENED) {
                fail("the first message has to be open");
                return;
            }
            Input input;
            try {
                input = new Input.ReportReceived(link, place, StepDecoder.report(report));
            } catch (IllegalArgumentException invalid) {
                String reason = "report of step " + report.getStep() + ": " + invalid.getMessage();
                link.send(encoder.refusal(
                        report.getTerm(), new StepRefusal(StepRefusal.Kind.INVALID, report.getStep(), reason)));
                return;
            }
            engine.submit(input);
        }

        private void fail(String reason) {
            link.fail(Status.INVALID_ARGUMENT.withDescription(reason));
            closed();
        }

        @Override
        public void onError(Throwable cause) {
            closed(); // the control stream tells whether the worker is gone, and why
        }

        @Override
        public void onCompleted() {
            closed();
            link.complete();
        }

        private void closed() {
            if (place != NOT_OPENED) {
                engine.submit(new Input.StepClosed(link, place));
            }
        }
    }

    /** A rehearsal answers each report by itself. */
    private final class Rehearser implements StreamObserver<StepUp> {

        private final StepLink link;
        private final Rehearsal rehearsal = new Rehearsal();

        Rehearser(StepLink link) {
            this.link = link;
            link.onCancel(() -> {});
        }

        @Override
        public void onNext(StepUp message) {
            if (message.hasOpen()) {
                return; // who rehearses does not matter
            }
            try {
                link.send(encoder.decision(rehearsal.answer(StepDecoder.report(message.getReport()))));
            } catch (IllegalArgumentException invalid) {
                link.fail(Status.INVALID_ARGUMENT.withDescription(invalid.getMessage()));
            }
        }

        @Override
        public void onError(Throwable cause) {
            link.complete(); // nothing hangs on a rehearsal
        }

        @Override
        public void onCompleted() {
            link.complete();
        }
    }
}
