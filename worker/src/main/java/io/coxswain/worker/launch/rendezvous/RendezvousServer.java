package io.coxswain.worker.launch.rendezvous;

import io.coxswain.v1.LaunchServiceGrpc;
import io.coxswain.v1.NodeDown;
import io.coxswain.v1.NodeUp;
import io.coxswain.worker.net.ServerLoop;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The rendezvous that node 0 holds. It has one thread, an event loop, on which the listener is called. Thread-safe. */
public final class RendezvousServer implements AutoCloseable {
    private static final long CLOSE_MILLIS = 1000;
    private static final Context.Key<SocketAddress> PEER = Context.key("peer");

    private final ServerLoop loop;
    private final Server server;

    /** Hears of the streams of nodes, on the server's thread; must not block. */
    public interface Listener {
        void onMessage(Link link, NodeUp message);

        /** Called once for each stream that does not end by {@link Link#refuse} or {@link Link#complete}. */
        void onClosed(Link link, String why);
    }

    /** One node's stream. Its methods are for one thread at a time; without effect once the stream has ended. */
    public static final class Link {
        private final int id;
        private final SocketAddress peer;
        private final ServerCallStreamObserver<NodeDown> down;
        private boolean ended;

        private Link(int id, SocketAddress peer, ServerCallStreamObserver<NodeDown> down) {
            this.id = id;
            this.peer = peer;
            this.down = down;
        }

        /** Distinct for each stream of a server, above 0. */
        public int id() {
            return id;
        }

        /** Whether the node runs on this machine, or seems to. */
        public boolean isFromLoopback() {
            return peer instanceof InetSocketAddress address
                    && address.getAddress() != null
                    && address.getAddress().isLoopbackAddress();
        }

        public void send(NodeDown message) {
            if (isOpen()) {
                down.onNext(message);
            }
        }

        /** Ends the stream with an error. */
        public void refuse(Status status) {
            if (isOpen()) {
                ended = true;
                down.onError(status.asRuntimeException());
            }
        }

        /** Ends the stream well. */
        public void complete() {
            if (isOpen()) {
                ended = true;
                down.onCompleted();
            }
        }

        private boolean isOpen() {
            return !ended && !down.isCancelled();
        }
    }

    private RendezvousServer(ServerLoop loop, Server server) {
        this.loop = loop;
        this.server = server;
    }

    /**
     * Starts to serve. Blocks no longer than binding a port takes.
     *
     * @throws IOException when the address cannot be bound; the message names it
     */
    public static RendezvousServer start(InetSocketAddress bind, Listener listener) throws IOException {
        ServerLoop loop = ServerLoop.open("rendezvous");
        Server server = loop.start(
                loop.builder(bind)
                        .addService(ServerInterceptors.intercept(new Service(listener), new PeerInterceptor())),
                bind + " cannot be listened at",
                CLOSE_MILLIS);
        return new RendezvousServer(loop, server);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getListenSockets().get(0);
    }

    /** Lets streams that were ended reach their nodes, a second at most, and cuts the others; idempotent. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
                server.shutdownNow().awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        loop.stop(CLOSE_MILLIS);
    }

    private static final class PeerInterceptor implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            SocketAddress peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
            return Contexts.interceptCall(Context.current().withValue(PEER, peer), call, headers, next);
        }
    }

    private static final class Service extends LaunchServiceGrpc.LaunchServiceImplBase {
        private final AtomicInteger streams = new AtomicInteger();
        private final Listener listener;

        Service(Listener listener) {
            this.listener = listener;
        }

        @Override
        public StreamObserver<NodeUp> join(StreamObserver<NodeDown> down) {
            var call = (ServerCallStreamObserver<NodeDown>) down;
            Link link = new Link(streams.incrementAndGet(), PEER.get(), call);
            call.setOnCancelHandler(() -> listener.onClosed(link, "its connection was closed"));
            return new StreamObserver<>() {
                @Override
                public void onNext(NodeUp message) {
                    listener.onMessage(link, message);
                }

                @Override
                public void onError(Throwable broken) {
                    // The cancel handler says so.
                }

                @Override
                public void onCompleted() {
                    listener.onClosed(link, "it has left");
                }
            };
        }
    }
}
