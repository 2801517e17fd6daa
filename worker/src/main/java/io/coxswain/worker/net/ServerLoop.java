package io.coxswain.worker.net;

import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The one thread of a gRPC server: an event loop that carries its connections, and runs its services. Thread-safe. */
public final class ServerLoop {
    private final Transports transport;
    private final EventLoopGroup group;

    private ServerLoop(Transports transport, EventLoopGroup group) {
        this.transport = transport;
        this.group = group;
    }

    /** A loop on a daemon thread of that name; whoever does not start a server on it stops it. */
    public static ServerLoop open(String threadName) {
        Transports transport = Transports.best();
        return new ServerLoop(transport, transport.newSingleThreadGroup(threadName));
    }

    /** The loop itself, for what is to run on the services' thread. */
    public EventLoop loop() {
        return group.next();
    }

    /** A server on this loop, to which the caller adds its services. */
    public NettyServerBuilder builder(InetSocketAddress bind) {
        return NettyServerBuilder.forAddress(bind)
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .channelType(transport.serverSocketChannelType())
                .directExecutor();
    }

    /** A client on this loop, whose calls are answered on it. */
    public NettyChannelBuilder clientTo(InetSocketAddress address) {
        return NettyChannelBuilder.forAddress(address)
                .eventLoopGroup(group)
                .channelType(transport.socketChannelType())
                .directExecutor();
    }

    /**
     * Starts a server of this loop, and stops the loop where that fails. Blocks no longer than binding a port takes.
     *
     * @param failure what is said where it fails, before the reason
     * @param closeMillis the longest wait for the loop's end
     * @throws IOException when the address cannot be bound
     */
    public Server start(NettyServerBuilder builder, String failure, long closeMillis) throws IOException {
        try {
            return builder.build().start();
        } catch (IOException e) {
            stop(closeMillis);
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(failure + ": " + cause.getMessage(), e);
        }
    }

    /** Cuts all of a server's streams, whose last words are tasks of this loop, and stops the loop; each within that time. */
    public void cut(Server server, long closeMillis) {
        server.shutdownNow();
        try {
            server.awaitTermination(closeMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stop(closeMillis);
    }

    /** Ends the thread; waits for it no longer than that. */
    public void stop(long closeMillis) {
        group.shutdownGracefully(0, closeMillis, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(closeMillis, TimeUnit.MILLISECONDS);
    }
}
