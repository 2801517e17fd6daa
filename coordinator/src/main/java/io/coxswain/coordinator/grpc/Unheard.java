package io.coxswain.coordinator.grpc;

import io.grpc.stub.StreamObserver;

/** What still comes on a stream that was refused. Stateless. */
final class Unheard<T> implements StreamObserver<T> {

    @Override
    public void onNext(T message) {
        // It was refused before it came.
    }

    @Override
    public void onError(Throwable cause) {
        // The stream is closed already.
    }

    @Override
    public void onCompleted() {
        // The stream is closed already.
    }
}
