package io.coxswain.worker.launch;

import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.WatchMembersRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the coordinator for the job's status and tells it of ended workers. Thread-safe, never blocks; each call has a
 * deadline and is answered once, on a thread of the channel's.
 */
final class CoordinatorClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorClient.class);

    private final ManagedChannel channel;

    private CoordinatorClient(ManagedChannel channel) {
        this.channel = channel;
    }

    /**
     * @param address HOST:PORT; connects with the first call
     */
    static CoordinatorClient of(String address) {
        return new CoordinatorClient(
                ManagedChannelBuilder.forTarget(address).usePlaintext().build());
    }

    /** The answer is empty when none came within the deadline. */
    void status(Duration deadline, Consumer<Optional<GetStatusResponse>> answer) {
        StatusServiceGrpc.newStub(channel)
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                .getStatus(GetStatusRequest.getDefaultInstance(), new OneAnswer<>("GetStatus", answer));
    }

    /** The answer is empty when none came within the deadline; the coordinator finds out by itself as well, only later. */
    void reportExit(ReportExitRequest request, Duration deadline, Consumer<Optional<ReportExitResponse>> answer) {
        ControlServiceGrpc.newStub(channel)
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                .reportExit(request, new OneAnswer<>("ReportExit", answer));
    }

    /** Goes on until the stream ends, of which the second consumer is told once. */
    void watchMembers(Consumer<MembersUpdate> update, Runnable onEnd) {
        StatusServiceGrpc.newStub(channel)
                .watchMembers(WatchMembersRequest.getDefaultInstance(), new StreamObserver<>() {
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
                });
    }

    @Override
    public void close() {
        channel.shutdownNow();
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
