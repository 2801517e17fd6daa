package io.coxswain.worker.health;

import io.coxswain.worker.net.ServerLoop;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Serves gRPC's health protocol on an event loop of its own, so that it answers whatever the worker's other threads do. Each {@code Check}
 * is judged when it comes; {@code Watch} is not implemented. Thread-safe.
 */
public final class HealthServer implements AutoCloseable {

    private static final Duration TICK = Duration.ofMillis(500);
    private static final long CLOSE_MILLIS = 500;

    private final ServerLoop loop;
    private final Server server;

    private HealthServer(ServerLoop loop, Server server) {
        this.loop = loop;
        this.server = server;
    }

    /**
     * Starts to serve.
     *
     * @param bind where to listen; port 0: any free one
     * @param nanoClock monotonic: System::nanoTime
     * @throws IOException when the address cannot be bound; the message names it
     */
    public static HealthServer start(
            InetSocketAddress bind, VitalSigns signs, HealthLimits limits, LongSupplier nanoClock) throws IOException {
        ServerLoop loop = ServerLoop.open("health");
        var judge = new HealthJudge(limits, TICK, signs.read(), nanoClock.getAsLong());
        Server server = loop.start(
                loop.builder(bind).addService(new Answers(judge, signs, nanoClock)),
                "health cannot be served on " + bind,
                CLOSE_MILLIS);
        // Not at a fixed rate, by which the ticks that were missed in a pause would all come after it.
        Future<?> unused = loop.loop()
                .scheduleWithFixedDelay(
                        () -> judge.tick(signs.read(), nanoClock.getAsLong()),
                        TICK.toNanos(),
                        TICK.toNanos(),
                        TimeUnit.NANOSECONDS);
        return new HealthServer(loop, server);
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getListenSockets().get(0);
    }

    /** Idempotent; waits a second at most. */
    @Override
    public void close() {
        loop.cut(server, CLOSE_MILLIS);
    }

    /** Called on the event loop only, as the judge is. */
    private static final class Answers extends HealthAnswers {

        private final HealthJudge judge;
        private final VitalSigns signs;
        private final LongSupplier nanoClock;

        Answers(HealthJudge judge, VitalSigns signs, LongSupplier nanoClock) {
            this.judge = judge;
            this.signs = signs;
            this.nanoClock = nanoClock;
        }

        @Override
        void judge(HealthService asked, Verdict verdict) {
            boolean serves = judge.serves(asked, signs.read(), nanoClock.getAsLong());
            verdict.is(serves ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
        }
    }
}
