package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.types.HostName;
import io.coxswain.worker.launch.rendezvous.Applicant;
import io.coxswain.worker.launch.rendezvous.Gathering.Standing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what this launcher's part is, and plays it: alone, as node 0, or as another node that joins it. Used once, on the
 * caller's thread.
 */
final class LaunchRun {
    private static final Duration LOOK_UP_LIMIT = Duration.ofSeconds(10);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(500);

    private final LaunchConfig config;
    private final Programs programs;
    private final Sources sources;
    private final Desk desk;
    private final long deadlineNanos;

    /** Reads the requests; called only where they are played. */
    @FunctionalInterface
    interface Sources {
        /**
         * Reads them; may block on the file.
         *
         * @throws IOException when the trace cannot be read
         * @throws IllegalArgumentException when it is refused
         */
        RequestSource open() throws IOException;
    }

    LaunchRun(LaunchConfig config, Programs programs, Sources sources, Desk desk) {
        this.config = config;
        this.programs = programs;
        this.sources = sources;
        this.desk = desk;
        this.deadlineNanos =
                desk.loop().nanoTime() + config.nodes().rendezvous().timeout().toNanos();
    }

    /**
     * Runs the job, or this node's part of it, to its end; answers the exit code.
     *
     * @throws IOException when a program cannot be started, a port cannot be bound, or the report cannot be written
     */
    int run() throws IOException, InterruptedException {
        NodeSettings nodes = config.nodes();
        if (nodes.isSingle()) {
            return runAlone();
        }
        InetSocketAddress endpoint = Objects.requireNonNull(nodes.rendezvous().endpoint());
        Optional<InetAddress> host = lookUp(endpoint.getHostString());
        if (host.isEmpty()) {
            return desk.state().signal().isPresent() ? signalled() : ExitCodes.TRY_AGAIN;
        }
        InetSocketAddress resolved = new InetSocketAddress(host.get(), endpoint.getPort());
        Topology.Reach reach = Reachability.among(nodes.addresses(), resolved);
        return withHealth(reach, () -> runAmong(resolved, reach));
    }

    /** This launcher's part, once it is known. */
    @FunctionalInterface
    private interface Part {
        int play() throws IOException, InterruptedException;
    }

    private int withHealth(Topology.Reach reach, Part part) throws IOException, InterruptedException {
        NodeHealth opened;
        try {
            opened = NodeHealth.open(config.nodes(), reach, desk.loop());
        } catch (IOException e) {
            desk.terminal().news("launch.sh: --health-port: " + e.getMessage());
            return ExitCodes.PORT_TAKEN;
        }
        try (NodeHealth health = opened) {
            return part.play();
        }
    }

    private int runAmong(InetSocketAddress endpoint, Topology.Reach reach) throws IOException, InterruptedException {
        Integer rank = config.nodes().rank();
        boolean mayHost = rank == null ? Reachability.isOfThisMachine(endpoint.getAddress()) : rank == 0;
        NodeHost opened = mayHost ? openHost(endpoint, reach, rank) : null;
        if (opened != null) {
            try (NodeHost hosting = opened) {
                return runAsHost(hosting, reach);
            }
        }
        return rank != null && rank == 0 ? ExitCodes.PORT_TAKEN : runAsAgent(endpoint, reach);
    }

    private int runAlone() throws IOException, InterruptedException {
        RequestSource requests = openRequests();
        if (requests == null) {
            return ExitCodes.USAGE;
        }
        Topology.Reach reach = Reachability.alone(config.nodes().addresses());
        Topology topology = Topology.single(config.nodes().localWorkers(), master(reach), reach);
        var setting = new Launcher.Setting(topology, programs, requests, null);
        return withHealth(reach, () -> new Launcher(config, setting, desk).run());
    }

    private @Nullable RequestSource openRequests() {
        try {
            return sources.open();
        } catch (IOException | IllegalArgumentException e) {
            desk.terminal().news("launch.sh: " + e.getMessage());
            return null;
        }
    }

    /** A port that was free: nobody of ours listens there. */
    private static Topology.Master master(Topology.Reach reach) throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return new Topology.Master(reach.address(), socket.getLocalPort());
        }
    }

    /** Name servers may know a host only after a while; empty: not in time. */
    private Optional<InetAddress> lookUp(String host) throws InterruptedException {
        while (desk.state().signal().isEmpty()) {
            try {
                return Optional.of(Reachability.resolve(host, LOOK_UP_LIMIT));
            } catch (IOException e) {
                if (desk.loop().nanoTime() - deadlineNanos >= 0) {
                    desk.terminal().news("coxswain: --rdzv-endpoint: " + e.getMessage() + " within " + timeout());
                    return Optional.empty();
                }
                pause();
            }
        }
        return Optional.empty();
    }

    private String timeout() {
        return DurationText.format(config.nodes().rendezvous().timeout());
    }

    private void pause() throws InterruptedException {
        desk.loop().runUntil(() -> desk.state().signal().isPresent(), RETRY_PAUSE);
    }

    private int signalled() {
        return ExitCodes.SIGNAL_BASE + desk.state().signal().orElse(0);
    }

    /** Null: the port is taken, by the launcher of node 0 perhaps. */
    private @Nullable NodeHost openHost(InetSocketAddress endpoint, Topology.Reach reach, @Nullable Integer rank)
            throws IOException {
        InetSocketAddress at = Reachability.listenAt(config.nodes().addresses(), endpoint);
        try {
            return NodeHost.open(config, desk, applicant(reach), at);
        } catch (IOException e) {
            if (rank != null) {
                desk.terminal().news("launch.sh: --rdzv-endpoint: " + e.getMessage());
            }
            return null;
        }
    }

    private Applicant applicant(Topology.Reach reach) {
        Integer rank = config.nodes().rank();
        return new Applicant(
                config.identity().given() ? config.job() : "",
                rank == null ? OptionalInt.empty() : OptionalInt.of(rank),
                new Applicant.Location(
                        HostName.ofThisMachine(),
                        reach.address(),
                        ProcessHandle.current().pid()),
                config.nodes().localWorkers(),
                EqualSettings.of(config));
    }

    private int runAsHost(NodeHost nodes, Topology.Reach reach) throws IOException, InterruptedException {
        RequestSource requests = openRequests();
        if (requests == null) {
            return ExitCodes.USAGE;
        }
        Optional<Standing.Complete> group = nodes.gather();
        if (group.isEmpty()) {
            return desk.state().signal().isPresent() ? signalled() : ExitCodes.TRY_AGAIN;
        }
        Topology topology = new Topology(
                new Topology.Share(0, 0, config.nodes().localWorkers()),
                group.get().nodes().size(),
                group.get().worldSize(),
                master(reach),
                reach);
        try {
            config.resilience().requireRanks(topology.worldSize());
        } catch (IllegalArgumentException e) {
            desk.terminal().news("launch.sh: " + e.getMessage());
            nodes.over(new LaunchEnding.Conclusion(ExitCodes.USAGE, "coxswain: node 0 was refused: " + e.getMessage()));
            return ExitCodes.USAGE;
        }
        return new Launcher(config, new Launcher.Setting(topology, programs, requests, nodes), desk).run();
    }

    private int runAsAgent(InetSocketAddress endpoint, Topology.Reach reach) throws InterruptedException {
        Greeting greeting = new Greeting(endpoint, NodeMessages.hello(applicant(reach)));
        String said = "";
        while (true) {
            Duration left =
                    Duration.ofNanos(Math.max(0, deadlineNanos - desk.loop().nanoTime()));
            NodeAgent.Outcome outcome = new NodeAgent(config, programs, desk, reach).run(greeting, left);
            if (outcome instanceof NodeAgent.Outcome.Ended ended) {
                return ended.exitCode();
            }
            String why = ((NodeAgent.Outcome.NobodyThere) outcome).why();
            if (desk.loop().nanoTime() - deadlineNanos >= 0) {
                desk.terminal()
                        .news("coxswain: nobody holds the rendezvous at " + endpoint + " within " + timeout() + ": "
                                + why);
                return ExitCodes.TRY_AGAIN;
            }
            if (!said.equals(why)) {
                said = why;
                desk.terminal().news("coxswain: waiting for node 0 at " + endpoint + ": " + why);
            }
            pause();
            if (desk.state().signal().isPresent()) {
                return signalled();
            }
        }
    }
}
