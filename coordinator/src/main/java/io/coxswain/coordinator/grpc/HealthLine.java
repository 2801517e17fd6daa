package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.replica.LeaderLine;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connections to other replicas, each kept open by a watch over the other's health: its process's end closes them at once.
 * Runs on the event loop; {@link #close} may be called on any thread.
 */
final class HealthLine implements LeaderLine {

    private final EventLoop loop;
    private final Set<ManagedChannel> channels = ConcurrentHashMap.newKeySet();

    HealthLine(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public Line open(String address, Runnable onBroken) {
        ManagedChannel channel = NettyChannelBuilder.forTarget(address)
                .eventLoopGroup(loop.group())
                .channelType(loop.tcpClientChannel())
                .directExecutor()
                .usePlaintext()
                .build();
        channels.add(channel);
        var watch = new Watch(onBroken);
        HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), watch);
        return () -> {
            watch.isClosed = true;
            channels.remove(channel);
            channel.shutdownNow();
        };
    }

    void close() {
        channels.forEach(ManagedChannel::shutdownNow);
    }

    /** Tells when the other end is gone, unless it never was there or this end has closed. Owned by the event loop. */
    private static final class Watch implements StreamObserver<HealthCheckResponse> {

        private final Runnable onBroken;
        private boolean isEstablished;
        private boolean isClosed;

        Watch(Runnable onBroken) {
            this.onBroken = onBroken;
        }

        @Override
        public void onNext(HealthCheckResponse health) {
            isEstablished = true;
        }

        @Override
        public void onError(Throwable cause) {
            ended();
        }

        @Override
        public void onCompleted() {
            ended();
        }

        private void ended() {
            if (isEstablished && !isClosed) {
                isClosed = true;
                onBroken.run();
            }
        }
    }
}
