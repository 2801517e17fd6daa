package io.coxswain.worker.launch;

import io.coxswain.worker.launch.LaunchConfig.Addresses;
import io.coxswain.worker.launch.NodeSettings.Rendezvous;
import io.coxswain.worker.launch.rendezvous.NodeCount;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** On which hosts it runs. */
final class NodeFlags {
    @Option(
            names = "--nnodes",
            paramLabel = "N|MIN:MAX",
            description =
                    "Hosts, each with its own launch.sh; with MIN:MAX the job starts when MAX have come, or MIN have"
                            + " and --rdzv-last-call is over (1).")
    private String nnodes = "1";

    @Option(
            names = "--nproc-per-node",
            paramLabel = "N|auto|gpu",
            description =
                    "Workers on this host, 1 to 1024; gpu: one for each GPU; auto: the same, or without a GPU one for"
                            + " each processor (1).")
    private String nprocPerNode = "1";

    @Option(
            names = "--node-rank",
            paramLabel = "N",
            description =
                    "This host's number; 0 holds the rendezvous (default: 0 where the endpoint's host is this one,"
                            + " else any).")
    private @Nullable Integer nodeRank;

    @Option(
            names = "--rdzv-endpoint",
            paramLabel = "HOST[:PORT]",
            description = "Where the hosts meet: node 0, and a port there (port 29400).")
    private @Nullable String endpoint;

    @Option(
            names = "--rdzv-timeout",
            paramLabel = "TIME",
            description = "Longest time until the hosts have come together; then the exit code is 75 (300s).")
    private Duration timeout = Rendezvous.DEFAULT.timeout();

    @Option(
            names = "--rdzv-last-call",
            paramLabel = "TIME",
            description = "How long to wait for more of MIN:MAX hosts once MIN are there (30s).")
    private Duration lastCall = Rendezvous.DEFAULT.lastCall();

    @Option(names = "--standalone", description = "This host alone: no rendezvous.")
    private boolean standalone;

    @Option(
            names = "--bind",
            paramLabel = "HOST",
            description = "Where everything listens (one host: 127.0.0.1; several: the advertised address).")
    private @Nullable String bind;

    @Option(
            names = {"--advertise-address", "--local-addr"},
            paramLabel = "HOST",
            description = "What the others are told (one host: what is bound; several: the address of the route to the"
                    + " rendezvous' host).")
    private @Nullable String advertiseAddress;

    @Option(
            names = "--health-port",
            paramLabel = "N",
            description =
                    "Serve gRPC health of this host's workers here, and that of each on the ports after it: startup,"
                            + " readiness, liveness (default: nowhere).")
    private @Nullable Integer healthPort;

    /** Whether this is known to be another than node 0, which has the trace and the report. */
    boolean isNotNode0() {
        return nodeRank != null && nodeRank > 0;
    }

    NodeSettings settings(Machine machine, Refusals refusals) {
        NodeCount count = standalone ? NodeCount.ONE : refusals.or(NodeCount.ONE, this::count);
        int localWorkers = refusals.or(1, () -> machine.workers(nprocPerNode));
        Rendezvous rendezvous = refusals.or(Rendezvous.DEFAULT, this::rendezvous);
        Addresses addresses = refusals.or(Addresses.NONE, () -> new Addresses(bind, advertiseAddress, healthPort));
        return refusals.or(
                NodeSettings.ONE, () -> new NodeSettings(count, localWorkers, nodeRank, rendezvous, addresses));
    }

    private NodeCount count() {
        return NodeCount.read(nnodes)
                .orElseThrow(() -> LaunchConfig.refused(
                        "--nnodes", nnodes, "N or MIN:MAX with 1 <= MIN <= MAX <= " + NodeCount.MOST));
    }

    private Rendezvous rendezvous() {
        return new Rendezvous(endpoint == null ? null : read(endpoint), timeout, lastCall);
    }

    private static InetSocketAddress read(String endpoint) {
        return Rendezvous.readEndpoint(endpoint)
                .orElseThrow(() ->
                        LaunchConfig.refused("--rdzv-endpoint", endpoint, "HOST[:PORT] with a port of 1 to 65535"));
    }
}
