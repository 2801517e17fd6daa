package io.coxswain.worker.health;

import io.coxswain.worker.net.ServerLoop;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Answers gRPC's health protocol for all workers of a host, where one port stands for them, as a pod's does. Each {@code Check} asks all
 * of them anew. Thread-safe.
 */
public final class NodeHealthServer implements AutoCloseable {

    /** A worker that takes longer has given no answer. Whoever asks has to wait longer than that. */
    private static final long ANSWER_MILLIS = 1000;

    private static final long CLOSE_MILLIS = 500;

    private final ServerLoop loop;
    private final Server server;
    private final List<ManagedChannel> channels;

    private NodeHealthServer(ServerLoop loop, Server server, List<ManagedChannel> channels) {
        this.loop = loop;
        this.server = server;
        this.channels = channels;
    }

    /**
     * Starts to serve.
     *
     * @param bind where to listen; port 0: any free one
     * @param workers where each answers for its own health; none needs to be there yet
     * @param supervisor the thread that keeps the workers: as long as it does not turn, no answer is given
     * @throws IOException when the address cannot be bound; the message names it
     */
    public static NodeHealthServer start(InetSocketAddress bind, List<InetSocketAddress> workers, Executor supervisor)
            throws IOException {
        ServerLoop loop = ServerLoop.open("node-health");
        List<ManagedChannel> channels = workers.stream()
                .map(worker -> loop.clientTo(worker).usePlaintext().build())
                .toList();
        Server server = loop.start(
                loop.builder(bind).addService(new Answers(loop, channels, supervisor)),
                "health cannot be served on " + bind,
                CLOSE_MILLIS);
        return new NodeHealthServer(loop, server, channels);
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getListenSockets().get(0);
    }

    /** Idempotent; waits a second at most. */
    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        loop.cut(server, CLOSE_MILLIS);
    }

    /** What a worker has said. */
    private enum Word {
        SERVING,
        NOT_SERVING,
        /** It has ended, has not begun, or stands still: whoever keeps it sees to that. */
        NONE;

        static Word of(ServingStatus status) {
            return status == ServingStatus.SERVING ? SERVING : NOT_SERVING;
        }

        /** Whether the host serves, as far as that worker goes. Only a worker that hangs is a reason to end all of them. */
        boolean allows(HealthService asked) {
            return switch (asked) {
                case STARTUP, READINESS -> this == SERVING;
                case LIVENESS -> this != NOT_SERVING;
            };
        }
    }

    private static final class Answers extends HealthAnswers {

        private final ServerLoop loop;
        private final List<ManagedChannel> workers;
        private final Executor supervisor;

        Answers(ServerLoop loop, List<ManagedChannel> workers, Executor supervisor) {
            this.loop = loop;
            this.workers = workers;
            this.supervisor = supervisor;
        }

        @Override
        void judge(HealthService asked, Verdict verdict) {
            supervisor.execute(() -> loop.loop().execute(() -> askAll(asked, verdict)));
        }

        private void askAll(HealthService asked, Verdict verdict) {
            var round = new Round(asked, workers.size(), verdict);
            HealthCheckRequest request = HealthCheckRequest.newBuilder()
                    .setService(asked.serviceName())
                    .build();
            for (ManagedChannel worker : workers) {
                worker.resetConnectBackoff(); // it may have come since it was asked last
                HealthGrpc.newStub(worker)
                        .withWaitForReady()
                        .withDeadlineAfter(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                        .check(request, new Answer(round));
            }
        }
    }

    /** One question to all workers. Owned by the event loop. */
    private static final class Round {

        private final HealthService asked;
        private final HealthAnswers.Verdict verdict;
        private int unheard;
        private boolean allowed = true;

        Round(HealthService asked, int workers, HealthAnswers.Verdict verdict) {
            this.asked = asked;
            this.unheard = workers;
            this.verdict = verdict;
        }

        void hears(Word word) {
            allowed &= word.allows(asked);
            unheard--;
            if (unheard == 0) {
                verdict.is(allowed ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
            }
        }
    }

    /** Of one worker; whatever ends the call without a word is none. */
    private static final class Answer implements StreamObserver<HealthCheckResponse> {

        private final Round round;
        private Word word = Word.NONE;

        Answer(Round round) {
            this.round = round;
        }

        @Override
        public void onNext(HealthCheckResponse response) {
            word = Word.of(response.getStatus());
        }

        @Override
        public void onError(Throwable cause) {
            round.hears(Word.NONE);
        }

        @Override
        public void onCompleted() {
            round.hears(word);
        }
    }
}
