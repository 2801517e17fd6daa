package io.coxswain.coordinator.observe;

import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A coordinator of which only the status service is there: a real server on loopback with one answer, or none. */
final class StatusServer implements AutoCloseable {
    private final Server server;
    private final HealthStatusManager health;

    private StatusServer(Server server, HealthStatusManager health) {
        this.server = server;
        this.health = health;
    }

    static StatusServer answering(GetStatusResponse answer) throws IOException {
        return answering(answer, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    static StatusServer answering(GetStatusResponse answer, InetSocketAddress at) throws IOException {
        return serving(at, new StatusServiceGrpc.StatusServiceImplBase() {
            @Override
            public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> responses) {
                responses.onNext(answer);
                responses.onCompleted();
            }
        });
    }

    /** It says that another leads. */
    StatusServer standingBy() {
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        return this;
    }

    static StatusServer silent() throws IOException {
        return serving(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new StatusServiceGrpc.StatusServiceImplBase() {
                    @Override
                    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> responses) {
                        // The call stays open: a coordinator that hangs.
                    }
                });
    }

    private static StatusServer serving(InetSocketAddress at, StatusServiceGrpc.StatusServiceImplBase service)
            throws IOException {
        HealthStatusManager health = new HealthStatusManager();
        return new StatusServer(
                NettyServerBuilder.forAddress(at)
                        .addService(service)
                        .addService(health.getHealthService())
                        .build()
                        .start(),
                health);
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
