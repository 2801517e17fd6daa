package io.coxswain.coordinator.observe;

import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A coordinator of which only the status service is there: a real server on loopback with one answer, or none. */
final class StatusServer implements AutoCloseable {
    private final Server server;

    private StatusServer(Server server) {
        this.server = server;
    }

    static StatusServer answering(GetStatusResponse answer) throws IOException {
        return serving(new StatusServiceGrpc.StatusServiceImplBase() {
            @Override
            public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> responses) {
                responses.onNext(answer);
                responses.onCompleted();
            }
        });
    }

    static StatusServer silent() throws IOException {
        return serving(new StatusServiceGrpc.StatusServiceImplBase() {
            @Override
            public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> responses) {
                // The call stays open: a coordinator that hangs.
            }
        });
    }

    private static StatusServer serving(StatusServiceGrpc.StatusServiceImplBase service) throws IOException {
        return new StatusServer(
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .addService(service)
                        .build()
                        .start());
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
