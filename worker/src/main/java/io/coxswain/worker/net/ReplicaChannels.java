package io.coxswain.worker.net;

import io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/**
 * Channels to a job's coordinators. With several the channel is connected to all of them, asks the health service of each, and
 * sends calls to the one that says it serves: the leader. A call that waits for ready waits for a leader; others fail while there
 * is none. A replica without a health service counts as serving.
 */
public final class ReplicaChannels {
    /** "" is the service that stands for all of a server's. */
    private static final Map<String, ?> TO_THE_SERVING_ONE = Map.of(
            "healthCheckConfig", Map.of("serviceName", ""),
            "loadBalancingConfig", List.of(Map.of("round_robin", Map.of())));

    private ReplicaChannels() {}

    /** A builder to which the caller adds its executor and event loop. One coordinator's channel checks no health. */
    public static NettyChannelBuilder to(ReplicaAddresses addresses) {
        return builder(addresses).usePlaintext().disableServiceConfigLookUp();
    }

    private static NettyChannelBuilder builder(ReplicaAddresses addresses) {
        if (addresses.isSingle()) {
            InetSocketAddress only = addresses.replicas().get(0);
            return NettyChannelBuilder.forAddress(only.getHostString(), only.getPort());
        }
        return NettyChannelBuilder.forTarget(ReplicaResolverProvider.targetOf(addresses))
                .defaultServiceConfig(TO_THE_SERVING_ONE);
    }
}
