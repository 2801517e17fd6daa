package io.coxswain.coordinator;

import io.coxswain.coordinator.observe.HostPort;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags about the coordinator's replicas; {@link Replication} says what they mean and what is allowed. */
final class ReplicaOptions {

    @Option(
            names = "--replicas",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "Where the job's coordinators find each other, this one included (default: there is only this one).")
    private List<String> replicas = new ArrayList<>();

    @Option(
            names = "--replica-address",
            paramLabel = "HOST:PORT",
            description = "This one's among them (default: the only one that is this machine's).")
    private @Nullable String replicaAddress;

    @Option(
            names = "--replicas-dns",
            paramLabel = "NAME",
            description = "A name that has the addresses of all of them, instead of --replicas.")
    private @Nullable String replicasDns;

    @Option(names = "--replica-port", paramLabel = "N", description = "The port of all of them, with --replicas-dns.")
    private int replicaPort;

    @Option(
            names = "--replica-count",
            paramLabel = "N",
            description = "How many there are to be, with --replicas-dns (default: ${DEFAULT-VALUE}).")
    private int replicaCount = Replication.Service.DEFAULT_COUNT;

    Replication toReplication() {
        return new Replication(
                replicas.stream().map(HostPort::parse).toList(),
                replicaAddress == null ? null : HostPort.parse(replicaAddress),
                replicasDns == null ? null : new Replication.Service(replicasDns, replicaPort, replicaCount));
    }
}
