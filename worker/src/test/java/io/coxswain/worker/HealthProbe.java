package io.coxswain.worker;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.TimeUnit;

/** Asks for health as whoever runs the processes does: each time anew, and not for long. */
final class HealthProbe {

    private HealthProbe() {}

    /** So long that a machine that is short of processors does not look like a process that stands still. */
    private static final long LIMIT_SECONDS = 10;

    /** What a port of this machine answers for a service: a status, or why there is none. */
    static String ask(int port, String service) {
        ManagedChannel channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        try {
            return HealthGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .check(HealthCheckRequest.newBuilder().setService(service).build())
                    .getStatus()
                    .toString();
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode().toString();
        } finally {
            channel.shutdownNow();
        }
    }
}
