package io.coxswain.coordinator.grpc;

import io.grpc.stub.ServerCallStreamObserver;

/** A worker's step stream. */
final class StepLink extends ServerLink<EncodedMessage> {

    StepLink(ServerCallStreamObserver<EncodedMessage> responses) {
        super(responses);
    }
}
