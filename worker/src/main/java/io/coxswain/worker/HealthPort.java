package io.coxswain.worker;

import io.coxswain.worker.health.HealthLimits;
import io.coxswain.worker.health.HealthServer;
import io.coxswain.worker.health.VitalSigns;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker's health port, where it is to have one. Opened and closed by the main thread. */
final class HealthPort implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HealthPort.class);
    private static final long TURN_MILLIS = 250;

    private final @Nullable HealthServer server;

    private HealthPort(@Nullable HealthServer server) {
        this.server = server;
    }

    /**
     * Starts to answer, and has the event loop count its turns.
     *
     * @param signs what can be seen of the worker, given how often the event loop has come round
     * @throws IOException when the port cannot be had
     */
    static HealthPort open(WorkerConfig config, Function<LongSupplier, VitalSigns> signs, EventLoopGroup loops)
            throws IOException {
        WorkerConfig.Listen listen = config.network().listen();
        Integer port = listen.healthPort();
        if (port == null) {
            return new HealthPort(null);
        }
        var turns = new AtomicLong();
        Future<?> unused = loops.next()
                .scheduleWithFixedDelay(turns::incrementAndGet, TURN_MILLIS, TURN_MILLIS, TimeUnit.MILLISECONDS);
        HealthServer server = HealthServer.start(
                new InetSocketAddress(InetAddress.getByName(listen.bind()), port),
                signs.apply(turns::get),
                HealthLimits.of(
                        config.run().patience().readiness(), config.network().collectiveTimeout()),
                System::nanoTime);
        LOG.info("health is served at {}", server.address());
        return new HealthPort(server);
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
