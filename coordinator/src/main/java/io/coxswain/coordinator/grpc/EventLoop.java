package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.engine.Scheduler;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread of the coordinator: its sockets, its timers and its engine. Thread-safe. */
final class EventLoop implements Scheduler {

    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
    private static final long CLOSE_QUIET_MILLIS = 0;
    private static final long CLOSE_TIMEOUT_MILLIS = 1_000;

    private final EventLoopGroup group;
    private final EventExecutor executor;

    EventLoop() {
        IoHandlerFactory io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("coordinator", true), io);
        this.executor = group.next();
    }

    EventLoopGroup group() {
        return group;
    }

    Class<? extends ServerChannel> tcpChannel() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    Class<? extends Channel> tcpClientChannel() {
        return Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    boolean hasUnixSockets() {
        return Epoll.isAvailable();
    }

    Future<?> submit(Runnable task) {
        return executor.submit(task);
    }

    /** Ends the thread soon; does not wait for it. */
    void close() {
        Future<?> unused = group.shutdownGracefully(CLOSE_QUIET_MILLIS, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public Timer schedule(Runnable task, long delayNanos) {
        Future<?> scheduled = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException ended) {
            LOG.debug("the event loop has ended; not run: {}", task);
        }
    }

    @Override
    public boolean isCurrentThread() {
        return executor.inEventLoop();
    }
}
