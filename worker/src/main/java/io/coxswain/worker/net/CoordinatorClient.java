package io.coxswain.worker.net;

import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.WatchMembersRequest;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the coordinator for the job's status and tells it of ended workers. Thread-safe, never blocks; each call has a
 * deadline and is answered once, on a thread of the channel's.
 */
public final class CoordinatorClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorClient.class);

    private static final Duration RETRY_PAUSE = Duration.ofMillis(100);

    private final ReplicaAddresses replicas;
    private final ManagedChannel channel;

    private CoordinatorClient(ReplicaAddresses replicas, ManagedChannel channel) {
        this.replicas = replicas;
        this.channel = channel;
    }

    /**
     * Of a coordinator, or of all of its replicas; connects with the first call.
     *
     * @param addresses HOST:PORT, of each replica
     */
    public static CoordinatorClient of(String addresses) {
        ReplicaAddresses replicas = ReplicaAddresses.parse(addresses);
        return new CoordinatorClient(replicas, ReplicaChannels.to(replicas).build());
    }

    /** The answer is empty when none came within the deadline. */
    public void status(Duration deadline, Consumer<Optional<GetStatusResponse>> answer) {
        if (!replicas.isSingle()) {
            // By itself the channel would not look for a replica that was away for a while before minutes have passed.
            channel.resetConnectBackoff();
        }
        StatusServiceGrpc.newStub(channel)
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                .getStatus(GetStatusRequest.getDefaultInstance(), new OneAnswer<>("GetStatus", answer));
    }

    /**
     * The answer is empty when none came within the deadline; the coordinator finds out by itself as well, only later. Among
     * replicas it is said again to the next leader where the one before ended without an answer.
     */
    public void reportExit(
            ReportExitRequest request, Duration deadline, Consumer<Optional<ReportExitResponse>> answer) {
        long deadlineNanos = System.nanoTime() + deadline.toNanos();
        ControlServiceGrpc.ControlServiceStub stub =
                ControlServiceGrpc.newStub(channel).withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
        (replicas.isSingle() ? stub : stub.withWaitForReady())
                .reportExit(request, new OneAnswer<>("ReportExit", found -> {
                    Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
                    if (replicas.isSingle() || found.isPresent() || left.compareTo(RETRY_PAUSE) <= 0) {
                        answer.accept(found);
                    } else {
                        reportLater(request, left.minus(RETRY_PAUSE), answer);
                    }
                }));
    }

    private void reportLater(
            ReportExitRequest request, Duration deadline, Consumer<Optional<ReportExitResponse>> answer) {
        CompletableFuture.delayedExecutor(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> reportExit(request, deadline, answer));
    }

    /**
     * Waits for a coordinator and goes on until the stream ends, of which the second consumer is told once.
     *
     * @return ends the stream
     */
    public Runnable watchMembers(Consumer<MembersUpdate> update, Runnable onEnd) {
        MembersWatch watch = new MembersWatch(update, onEnd);
        StatusServiceGrpc.newStub(channel)
                .withWaitForReady()
                .watchMembers(WatchMembersRequest.getDefaultInstance(), watch);
        return watch::cut;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    private static final class MembersWatch implements ClientResponseObserver<WatchMembersRequest, MembersUpdate> {
        private final Consumer<MembersUpdate> update;
        private final Runnable onEnd;
        private volatile @Nullable ClientCallStreamObserver<WatchMembersRequest> call;

        MembersWatch(Consumer<MembersUpdate> update, Runnable onEnd) {
            this.update = update;
            this.onEnd = onEnd;
        }

        void cut() {
            ClientCallStreamObserver<WatchMembersRequest> open = call;
            if (open != null) {
                open.cancel("another coordinator leads", null);
            }
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<WatchMembersRequest> opened) {
            call = opened;
        }

        @Override
        public void onNext(MembersUpdate next) {
            update.accept(next);
        }

        @Override
        public void onError(Throwable error) {
            LOG.debug("WatchMembers ended: {}", error.getMessage());
            onEnd.run();
        }

        @Override
        public void onCompleted() {
            onEnd.run();
        }
    }

    private static final class OneAnswer<T> implements StreamObserver<T> {
        private final String method;
        private final Consumer<Optional<T>> answer;
        private Optional<T> value = Optional.empty();

        OneAnswer(String method, Consumer<Optional<T>> answer) {
            this.method = method;
            this.answer = answer;
        }

        @Override
        public void onNext(T response) {
            value = Optional.of(response);
        }

        @Override
        public void onError(Throwable error) {
            LOG.debug("{} failed: {}", method, error.getMessage());
            answer.accept(Optional.empty());
        }

        @Override
        public void onCompleted() {
            answer.accept(value);
        }
    }
}
