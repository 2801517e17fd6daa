package io.coxswain.coordinator.grpc;

import io.coxswain.v1.ControlDown;
import io.grpc.stub.ServerCallStreamObserver;

/** A worker's control stream. */
final class ControlLink extends ServerLink<ControlDown> {

    ControlLink(ServerCallStreamObserver<ControlDown> responses) {
        super(responses);
    }
}
