package io.coxswain.worker.launch;

import io.coxswain.worker.launch.LaunchConfig.Addresses;
import io.coxswain.worker.launch.LaunchConfig.Deadlines;
import io.coxswain.worker.launch.rendezvous.Gathering;
import io.coxswain.worker.launch.rendezvous.NodeCount;
import io.coxswain.worker.net.ReplicaAddresses;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * On how many hosts a job runs, and this one's part in it.
 *
 * @param count nodes of the job; default one
 * @param localWorkers workers on this machine, 1 to 1024; one rank each. Default 1
 * @param rank this node's, 0 to the number of nodes - 1; null: 0 where the rendezvous' host is this machine, else any
 */
public record NodeSettings(
        NodeCount count, int localWorkers, @Nullable Integer rank, Rendezvous rendezvous, Addresses addresses) {
    /** This machine alone, with one worker. */
    public static final NodeSettings ONE = new NodeSettings(NodeCount.ONE, 1, null, Rendezvous.DEFAULT, Addresses.NONE);

    static final int MOST_WORKERS = Gathering.MOST_WORKERS;

    public NodeSettings {
        if (localWorkers < 1 || localWorkers > MOST_WORKERS) {
            throw LaunchConfig.refused(
                    "--nproc-per-node", localWorkers, "a whole number from 1 to " + MOST_WORKERS + ", auto or gpu");
        }
        Integer healthPort = addresses.healthPort();
        if (healthPort != null && (healthPort < 1 || healthPort > ReplicaAddresses.MAX_PORT - localWorkers)) {
            throw LaunchConfig.refused(
                    "--health-port",
                    healthPort,
                    "a port from 1 to " + (ReplicaAddresses.MAX_PORT - localWorkers) + ": the " + localWorkers
                            + " workers have those after it");
        }
        if (rank != null && (rank < 0 || rank >= count.max())) {
            throw LaunchConfig.refused(
                    "--node-rank", rank, "a whole number from 0 to " + (count.max() - 1) + ", as --nnodes is " + count);
        }
        if (count.max() > 1 && rendezvous.endpoint() == null) {
            throw new IllegalArgumentException(
                    "--rdzv-endpoint is missing: with --nnodes " + count + " the nodes have to find each other");
        }
    }

    /** Whether there is only this machine, and nobody to wait for. */
    public boolean isSingle() {
        return count.max() == 1;
    }

    /**
     * Where the nodes meet.
     *
     * @param endpoint unresolved; null only with a single node
     * @param timeout until the fewest nodes are there; 1s to 24h, default 300s
     * @param lastCall how long to wait for more of MIN:MAX nodes when MIN are there; 0s to 24h, default 30s
     */
    public record Rendezvous(@Nullable InetSocketAddress endpoint, Duration timeout, Duration lastCall) {
        public static final int DEFAULT_PORT = 29400;
        public static final Rendezvous DEFAULT = new Rendezvous(null, Duration.ofSeconds(300), Duration.ofSeconds(30));

        private static final Pattern FORM = Pattern.compile("(\\[[^]]+]|[^:\\s]+)(?::([0-9]{1,5}))?");

        public Rendezvous {
            Deadlines.checkRange("--rdzv-timeout", timeout, Duration.ofSeconds(1));
            Deadlines.checkRange("--rdzv-last-call", lastCall, Duration.ZERO);
        }

        /** Reads {@code HOST[:PORT]}; an IPv6 address stands in brackets. Empty where it is something else. */
        public static Optional<InetSocketAddress> readEndpoint(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            int port = matcher.group(2) == null ? DEFAULT_PORT : Integer.parseInt(matcher.group(2));
            return port < 1 || port > ReplicaAddresses.MAX_PORT
                    ? Optional.empty()
                    : Optional.of(
                            InetSocketAddress.createUnresolved(matcher.group(1).replaceAll("^\\[|]$", ""), port));
        }
    }
}
