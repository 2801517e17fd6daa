package io.coxswain.worker.launch.rendezvous;

import io.coxswain.v1.LaunchServiceGrpc;
import io.coxswain.v1.NodeDown;
import io.coxswain.v1.NodeHello;
import io.coxswain.v1.NodeUp;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One try of a node's launcher to be in a launch. Its methods are for one thread at a time. */
public final class RendezvousClient implements AutoCloseable {
    private static final long CLOSE_MILLIS = 1000;

    private final ManagedChannel channel;
    private final Stream stream;

    /** Hears what node 0 says, on a thread of the channel's; must not block. */
    public interface Listener {
        void onMessage(NodeDown message);

        /** Called once. {@link Status#OK}: node 0 has said all that there is to say. */
        void onEnd(Status status);
    }

    private RendezvousClient(ManagedChannel channel, Stream stream) {
        this.channel = channel;
        this.stream = stream;
    }

    /** Connects and says hello; never blocks, the listener hears how it went. */
    public static RendezvousClient join(InetSocketAddress endpoint, NodeHello hello, Listener listener) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(endpoint.getHostString(), endpoint.getPort())
                .usePlaintext()
                .disableServiceConfigLookUp()
                .build();
        Stream stream = new Stream(hello, listener);
        LaunchServiceGrpc.newStub(channel).join(stream);
        return new RendezvousClient(channel, stream);
    }

    /** Without effect where the stream has ended. */
    public void send(NodeUp message) {
        stream.send(message);
    }

    /** Ends the stream well after what was sent, a second at most; idempotent. */
    @Override
    public void close() {
        stream.complete();
        channel.shutdown();
        try {
            if (!channel.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
                channel.shutdownNow();
            }
        } catch (InterruptedException e) {
            channel.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Says hello as soon as there is somebody to hear it, and before anything else. */
    private static final class Stream implements ClientResponseObserver<NodeUp, NodeDown> {
        private final NodeHello hello;
        private final Listener listener;
        private final Object lock = new Object();
        private @Nullable ClientCallStreamObserver<NodeUp> up;
        private boolean ended;

        Stream(NodeHello hello, Listener listener) {
            this.hello = hello;
            this.listener = listener;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<NodeUp> call) {
            call.setOnReadyHandler(() -> sayHello(call));
        }

        private void sayHello(ClientCallStreamObserver<NodeUp> call) {
            synchronized (lock) {
                if (up == null && !ended) {
                    up = call;
                    call.onNext(NodeUp.newBuilder().setHello(hello).build());
                }
            }
        }

        void send(NodeUp message) {
            synchronized (lock) {
                if (up != null && !ended) {
                    up.onNext(message);
                }
            }
        }

        void complete() {
            synchronized (lock) {
                if (up != null && !ended) {
                    ended = true;
                    up.onCompleted();
                }
            }
        }

        @Override
        public void onNext(NodeDown message) {
            listener.onMessage(message);
        }

        @Override
        public void onError(Throwable broken) {
            end(Status.fromThrowable(broken));
        }

        @Override
        public void onCompleted() {
            end(Status.OK);
        }

        private void end(Status status) {
            synchronized (lock) {
                ended = true;
            }
            listener.onEnd(status);
        }
    }
}
