package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.Link;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;

/**
 * The server's side of one stream, which may be told to say or close something after it is gone: that does nothing, for
 * the closing itself reaches the engine as an input. Used on the engine's event loop only.
 */
class ServerLink<T> implements Link {

    private final ServerCallStreamObserver<T> responses;
    private boolean open = true;
    private Runnable onEnd = () -> {};

    ServerLink(ServerCallStreamObserver<T> responses) {
        this.responses = responses;
    }

    final void onCancel(Runnable task) {
        responses.setOnCancelHandler(() -> {
            end();
            task.run();
        });
    }

    /** Runs a task once, when the stream is closed by either side. */
    final void onEnd(Runnable task) {
        onEnd = task;
    }

    private boolean end() {
        boolean ends = open;
        open = false;
        if (ends) {
            onEnd.run();
        }
        return ends;
    }

    final void send(T message) {
        if (open) {
            responses.onNext(message);
        }
    }

    final void complete() {
        if (end()) {
            responses.onCompleted();
        }
    }

    final void fail(Status status) {
        if (end()) {
            responses.onError(status.asRuntimeException());
        }
    }
}
