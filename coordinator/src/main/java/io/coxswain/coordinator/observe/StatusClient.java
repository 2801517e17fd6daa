package io.coxswain.coordinator.observe;

import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.DrainRequest;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Asks a coordinator for something. Stateless: each question has a connection of its own. */
final class StatusClient {
    /** 65,536 ranks with host, device and detail fit; gRPC's own limit of 4 MiB is too small for them. */
    private static final int LARGEST_ANSWER_BYTES = 64 << 20;

    private StatusClient() {}

    /**
     * Blocks until the answer is there, for the timeout at most.
     *
     * @throws IOException if there is none; the text names the address and the cause
     */
    static GetStatusResponse getStatus(HostPort address, Duration timeout) throws IOException {
        return call(
                address,
                "no status from",
                channel -> StatusServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
                        .getStatus(GetStatusRequest.getDefaultInstance()));
    }

    /**
     * Whether the coordinator says that it leads; one without a health service is the only one. Blocks for the timeout at most.
     *
     * @throws IOException if it does not answer; the text names the address and the cause
     */
    static boolean leads(HostPort address, Duration timeout) throws IOException {
        return call(address, "no word on its health from", channel -> {
            HealthGrpc.HealthBlockingStub health =
                    HealthGrpc.newBlockingStub(channel).withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
            try {
                return health.check(HealthCheckRequest.getDefaultInstance()).getStatus() == ServingStatus.SERVING;
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                    return true;
                }
                throw e;
            }
        });
    }

    /**
     * Has a rank leave; blocks until that is planned, for the timeout at most.
     *
     * @throws IOException if it cannot leave, or the coordinator does not answer; the text says why
     */
    static void drain(HostPort address, int place, Duration timeout) throws IOException {
        String job = getStatus(address, timeout).getJob();
        DrainRequest request = DrainRequest.newBuilder()
                .setJob(job)
                .setPlace(place)
                .setReason("asked to by drain.sh")
                .build();
        var unused = call(
                address,
                "place " + place + " is not drained by",
                channel -> ControlServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
                        .drain(request));
    }

    private static <R> R call(HostPort address, String failure, Function<ManagedChannel, R> method) throws IOException {
        ManagedChannel channel = NettyChannelBuilder.forAddress(address.host(), address.port())
                .usePlaintext()
                .maxInboundMessageSize(LARGEST_ANSWER_BYTES)
                .build();
        try {
            return method.apply(channel);
        } catch (StatusRuntimeException e) {
            throw new IOException(failure + " the coordinator at " + address + ": " + cause(e.getStatus()), e);
        } finally {
            channel.shutdownNow();
        }
    }

    private static String cause(Status status) {
        String text = status.getCode() + (status.getDescription() == null ? "" : ": " + status.getDescription());
        // gRPC says "io exception" and keeps what people need, such as "Connection refused", for the cause.
        return status.getCause() == null
                ? text
                : text + " (" + status.getCause().getMessage() + ")";
    }
}
