package io.coxswain.coordinator.observe;

import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Asks a coordinator for its status. Stateless: each question has a connection of its own. */
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
        ManagedChannel channel = NettyChannelBuilder.forAddress(address.host(), address.port())
                .usePlaintext()
                .maxInboundMessageSize(LARGEST_ANSWER_BYTES)
                .build();
        try {
            return StatusServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)
                    .getStatus(GetStatusRequest.getDefaultInstance());
        } catch (StatusRuntimeException e) {
            throw new IOException("no status from the coordinator at " + address + ": " + cause(e.getStatus()), e);
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
