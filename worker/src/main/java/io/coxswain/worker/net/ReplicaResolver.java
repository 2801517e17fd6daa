package io.coxswain.worker.net;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up the replicas' names, again whenever the channel asks for it: a replica that comes back may have another address. Each
 * address is a group of its own, so that the channel is connected to all. A name that is unknown just now does not keep the
 * others from being used.
 *
 * <p>Its methods run in the channel's synchronization context; only the look-up, which may block, runs elsewhere.
 */
final class ReplicaResolver extends NameResolver {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaResolver.class);

    private final ReplicaAddresses addresses;
    private final SynchronizationContext context;
    private final Executor offload;
    private @Nullable Listener2 listener;
    private boolean underWay;
    private boolean shutdown;

    ReplicaResolver(ReplicaAddresses addresses, Args args) {
        this.addresses = addresses;
        this.context = args.getSynchronizationContext();
        this.offload = Objects.requireNonNull(args.getOffloadExecutor(), "a channel has an executor for look-ups");
    }

    @Override
    public String getServiceAuthority() {
        return "coxswain";
    }

    @Override
    public void start(Listener2 heardBy) {
        listener = heardBy;
        lookUp();
    }

    @Override
    public void refresh() {
        lookUp();
    }

    @Override
    public void shutdown() {
        shutdown = true;
    }

    private void lookUp() {
        if (!underWay && !shutdown) {
            underWay = true;
            offload.execute(() -> {
                StatusOr<List<EquivalentAddressGroup>> found = groups();
                context.execute(() -> found(found));
            });
        }
    }

    private void found(StatusOr<List<EquivalentAddressGroup>> groups) {
        underWay = false;
        Listener2 heardBy = listener;
        if (!shutdown && heardBy != null) {
            var unused = heardBy.onResult2(
                    ResolutionResult.newBuilder().setAddressesOrError(groups).build());
        }
    }

    private StatusOr<List<EquivalentAddressGroup>> groups() {
        List<EquivalentAddressGroup> groups = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (InetSocketAddress replica : addresses.replicas()) {
            try {
                for (InetAddress address : InetAddress.getAllByName(replica.getHostString())) {
                    groups.add(new EquivalentAddressGroup(new InetSocketAddress(address, replica.getPort())));
                }
            } catch (UnknownHostException e) {
                unknown.add(replica.getHostString());
            }
        }
        if (!unknown.isEmpty()) {
            LOG.debug("no address is known of {}", unknown);
        }
        return groups.isEmpty()
                ? StatusOr.fromStatus(Status.UNAVAILABLE.withDescription("no address is known of " + unknown))
                : StatusOr.fromValue(groups);
    }
}
