package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.Link;
import io.coxswain.v1.DrainResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;

/** Whoever wants a rank to leave, and waits for the answer. Used on the engine's event loop only. */
record DrainAsker(StreamObserver<DrainResponse> response) implements Link {

    void answer(String refusal) {
        if (refusal.isEmpty()) {
            response.onNext(DrainResponse.getDefaultInstance());
            response.onCompleted();
        } else {
            response.onError(Status.FAILED_PRECONDITION.withDescription(refusal).asRuntimeException());
        }
    }
}
