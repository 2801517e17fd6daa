package io.coxswain.coordinator.grpc;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's side of one stream: what is sent goes out as it is, what comes down is read one by one. */
final class RawStream<U, D> implements StreamObserver<D> {

    private static final long PATIENCE_SECONDS = 20;

    private final BlockingQueue<Object> down = new LinkedBlockingQueue<>();
    private @Nullable StreamObserver<U> up;

    RawStream<U, D> over(StreamObserver<U> requests) {
        up = requests;
        return this;
    }

    RawStream<U, D> send(U message) {
        Objects.requireNonNull(up).onNext(message);
        return this;
    }

    void halfClose() {
        Objects.requireNonNull(up).onCompleted();
    }

    /** The next message; fails where the stream has ended instead. */
    @SuppressWarnings("unchecked")
    D next() throws InterruptedException {
        Object event = event();
        if (event instanceof Status status) {
            throw new AssertionError("the stream ended with " + status);
        }
        return (D) event;
    }

    /** How the stream ended; fails where a message came instead. */
    Status status() throws InterruptedException {
        Object event = event();
        if (event instanceof Status status) {
            return status;
        }
        throw new AssertionError("the stream went on with " + event);
    }

    private Object event() throws InterruptedException {
        Object event = down.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (event == null) {
            throw new AssertionError("nothing came within " + PATIENCE_SECONDS + " s");
        }
        return event;
    }

    @Override
    public void onNext(D message) {
        down.add(message);
    }

    @Override
    public void onError(Throwable cause) {
        down.add(Status.fromThrowable(cause));
    }

    @Override
    public void onCompleted() {
        down.add(Status.OK);
    }
}
