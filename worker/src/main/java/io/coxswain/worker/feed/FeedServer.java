package io.coxswain.worker.feed;

import io.coxswain.v1.MembersUpdate;
import io.coxswain.worker.net.ServerLoop;
import io.grpc.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Serves a trace player to the workers. It has one thread, an event loop, which owns the player. Thread-safe.
 */
public final class FeedServer implements AutoCloseable {
    private static final long PERMITTED_KEEPALIVE_SECONDS = 5;
    private static final long CLOSE_MILLIS = 1000;

    private final ServerLoop loop;
    private final FeedDesk desk;
    private final Server server;
    private final InetSocketAddress address;

    private FeedServer(ServerLoop loop, FeedDesk desk, Server server) {
        this.loop = loop;
        this.desk = desk;
        this.server = server;
        this.address = (InetSocketAddress) server.getListenSockets().get(0);
    }

    /**
     * Starts to serve. Blocks no longer than binding a port takes.
     *
     * @param player belongs to the server from here on
     * @param listener called on the event loop
     * @param nanoClock the monotonic clock
     * @throws IOException when the address cannot be bound; the message names it
     */
    public static FeedServer start(
            FeedServerConfig config, TracePlayer player, FeedListener listener, LongSupplier nanoClock)
            throws IOException {
        ServerLoop loop = ServerLoop.open("feed-server");
        FeedDesk desk = new FeedDesk(newRun(), player, loop.loop(), nanoClock);
        Server server = loop.start(
                loop.builder(config.bind())
                        .permitKeepAliveTime(PERMITTED_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                        .addService(new FeedService(config.worldSize(), desk, listener)),
                "the feed cannot listen on " + config.bind(),
                CLOSE_MILLIS);
        return new FeedServer(loop, desk, server);
    }

    private static long newRun() {
        SecureRandom random = new SecureRandom();
        long run = random.nextLong();
        while (run == 0) {
            run = random.nextLong();
        }
        return run;
    }

    /** Where it listens, with the real port. */
    public InetSocketAddress address() {
        return address;
    }

    /** Takes the coordinator's word on who holds which place: what those hold that are gone is handed out again. */
    public void membersChanged(MembersUpdate update) {
        loop.loop().execute(() -> desk.membersChanged(update));
    }

    /** What was counted by now. */
    public TracePlayer.Totals totals() {
        return desk.totals();
    }

    /** Cuts all streams and ends the thread; idempotent. Waits two seconds at most. */
    @Override
    public void close() {
        loop.cut(server, CLOSE_MILLIS);
    }
}
