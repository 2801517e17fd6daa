package io.coxswain.worker.step;

import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepUp;
import io.coxswain.worker.net.Transports;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;

/**
 * Opens calls to where the coordinator serves its step service, which is another place once another coordinator reigns. Owned by
 * the forward thread; {@link #retarget} may be called by any thread.
 */
final class StepCalls {
    private static final int FLOW_CONTROL_WINDOW_BYTES = 1 << 20;

    private final DrivenLoop loop;
    private final Transports io;
    private volatile StepTarget target;
    private StepTarget connected;
    private ManagedChannel channel;
    private int sessions;

    StepCalls(StepTarget target, DrivenLoop loop, Transports io) {
        this.loop = loop;
        this.io = io;
        this.target = target;
        this.connected = target;
        this.channel = newChannel(target, loop, io);
    }

    StepTarget target() {
        return target;
    }

    /** The next call goes there, over a new connection. */
    void retarget(StepTarget next) {
        target = next;
    }

    /** Not waiting for the connection. */
    @SuppressWarnings(
            "ReferenceEquality") // Who was told of a target anew is to connect anew: the same address may be another's
    // now.
    ClientCall<StepUp, StepDown> open(MethodDescriptor<StepUp, StepDown> method) {
        StepTarget wanted = target;
        if (wanted != connected) {
            channel.shutdownNow();
            channel = newChannel(wanted, loop, io);
            connected = wanted;
        }
        // The pauses between attempts are the streams' affair; the channel's own would outlast them.
        channel.resetConnectBackoff();
        return channel.newCall(method, CallOptions.DEFAULT);
    }

    /** The number of the next stream. */
    int nextSession() {
        return ++sessions;
    }

    void shutdownNow() {
        channel.shutdownNow();
    }

    boolean isTerminated() {
        return channel.isTerminated();
    }

    private static ManagedChannel newChannel(StepTarget target, DrivenLoop loop, Transports io) {
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress(target.address())
                .eventLoopGroup(loop)
                .directExecutor()
                .usePlaintext()
                .overrideAuthority("coxswain")
                // A fixed window: the automatic one measures with pings on the step's path.
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .disableRetry()
                .disableServiceConfigLookUp();
        if (target.isUnixSocket()) {
            builder.channelType(EpollDomainSocketChannel.class);
        } else {
            builder.channelType(io.socketChannelType()).withOption(ChannelOption.TCP_NODELAY, true);
        }
        return builder.build();
    }
}
