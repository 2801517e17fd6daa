package io.coxswain.worker.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** The transports that there are. An event loop and the channels on it are of the same one. Immutable and thread-safe. */
public enum Transports {
    /** Linux's epoll, which Unix sockets need. */
    EPOLL(EpollSocketChannel.class, EpollServerSocketChannel.class) {
        @Override
        public IoHandlerFactory newHandlerFactory() {
            return EpollIoHandler.newFactory();
        }
    },
    /** The JDK's selectors, which are everywhere; TCP only. */
    NIO(NioSocketChannel.class, NioServerSocketChannel.class) {
        @Override
        public IoHandlerFactory newHandlerFactory() {
            return NioIoHandler.newFactory();
        }
    };

    private final Class<? extends SocketChannel> socketChannelType;
    private final Class<? extends ServerChannel> serverSocketChannelType;

    Transports(
            Class<? extends SocketChannel> socketChannelType, Class<? extends ServerChannel> serverSocketChannelType) {
        this.socketChannelType = socketChannelType;
        this.serverSocketChannelType = serverSocketChannelType;
    }

    /** The fastest that works on this host. */
    public static Transports best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /** The one that a loop is of. */
    public static Transports of(EventLoop loop) {
        return loop.parent() instanceof MultiThreadIoEventLoopGroup group && group.isIoType(EpollIoHandler.class)
                ? EPOLL
                : NIO;
    }

    /** What an event loop is built from. */
    public abstract IoHandlerFactory newHandlerFactory();

    /** The channel type of a TCP client. */
    public Class<? extends SocketChannel> socketChannelType() {
        return socketChannelType;
    }

    /** The channel type of a TCP server. */
    public Class<? extends ServerChannel> serverSocketChannelType() {
        return serverSocketChannelType;
    }

    /** A group of one daemon thread; the caller shuts it down. */
    public EventLoopGroup newSingleThreadGroup(String threadName) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threadName, true), newHandlerFactory());
    }
}
