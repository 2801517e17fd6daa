package io.coxswain.coordinator.rehearsal;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Connections of the rehearsed members to their coordinator, all on one event loop, on which what comes is heard. Workers have the
 * same: one for control that lasts, and one for steps under each leader, to its Unix socket where there is one. Thread-safe.
 */
final class RehearsalLines implements AutoCloseable {

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("rehearsal", true),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    private final Set<ManagedChannel> open = new HashSet<>();
    private final ManagedChannel control;

    /** The coordinator's port is {@code HOST:PORT}. */
    RehearsalLines(String coordinator) {
        control = opened(NettyChannelBuilder.forTarget(coordinator)
                .channelType(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class));
    }

    /** To the coordinator's port; of all members. */
    ManagedChannel control() {
        return control;
    }

    /** A new one to the Unix socket of that path, which only a coordinator that has epoll has. */
    ManagedChannel toSocket(String path) {
        return opened(NettyChannelBuilder.forAddress(new DomainSocketAddress(path))
                .overrideAuthority(TakeoverRehearsal.JOB)
                .channelType(EpollDomainSocketChannel.class));
    }

    private synchronized ManagedChannel opened(NettyChannelBuilder builder) {
        ManagedChannel channel =
                builder.eventLoopGroup(loop).usePlaintext().directExecutor().build();
        open.add(channel);
        return channel;
    }

    /** Closes one; does not wait for that. */
    synchronized void close(ManagedChannel channel) {
        open.remove(channel);
        channel.shutdownNow();
    }

    /** Closes all, and ends the event loop; does not wait for that. */
    @Override
    public synchronized void close() {
        open.forEach(ManagedChannel::shutdownNow);
        var unused = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
