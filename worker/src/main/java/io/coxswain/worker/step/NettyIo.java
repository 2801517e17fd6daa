package io.coxswain.worker.step;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** How this process talks to sockets. Immutable and thread-safe. */
public enum NettyIo {
    /** Linux's epoll, which Unix sockets need. */
    EPOLL(EpollSocketChannel.class) {
        @Override
        public IoHandlerFactory newHandlerFactory() {
            return EpollIoHandler.newFactory();
        }
    },
    /** The JDK's selectors, which are everywhere; TCP only. */
    NIO(NioSocketChannel.class) {
        @Override
        public IoHandlerFactory newHandlerFactory() {
            return NioIoHandler.newFactory();
        }
    };

    private final Class<? extends SocketChannel> socketChannelType;

    NettyIo(Class<? extends SocketChannel> socketChannelType) {
        this.socketChannelType = socketChannelType;
    }

    /** The fastest that works on this host. */
    public static NettyIo best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /** What an event loop is built from. */
    public abstract IoHandlerFactory newHandlerFactory();

    /** The channel type of a TCP client on loops of this kind. */
    public Class<? extends SocketChannel> socketChannelType() {
        return socketChannelType;
    }

    /** A group of one daemon thread, for the control stream and the feed's client; the caller shuts it down. */
    public EventLoopGroup newSingleThreadGroup(String threadName) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threadName, true), newHandlerFactory());
    }

    /** The kind that a loop is of. */
    static NettyIo of(EventLoop loop) {
        return loop.parent() instanceof MultiThreadIoEventLoopGroup group && group.isIoType(EpollIoHandler.class)
                ? EPOLL
                : NIO;
    }
}
