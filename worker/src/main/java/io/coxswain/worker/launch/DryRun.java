package io.coxswain.worker.launch;

import io.coxswain.worker.launch.CommandLines.CommandLine;
import io.coxswain.worker.launch.CommandLines.CoordinatorSeat;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a launch would start, for people and shells. Pure. */
final class DryRun {
    private static final CommandLines.Peers PEERS = new CommandLines.Peers("COORDINATOR", "FEED");

    private DryRun() {}

    /** The programs of this node; addresses and ports that only a launch finds out have a word for them in their place. */
    static String text(LaunchConfig config, Programs programs) {
        NodeSettings nodes = config.nodes();
        Integer rank = nodes.rank();
        int nodeRank = rank == null ? 0 : rank;
        Topology topology = new Topology(
                new Topology.Share(nodeRank, nodeRank * nodes.localWorkers(), nodes.localWorkers()),
                nodes.count().max(),
                nodes.count().max() * nodes.localWorkers(),
                new Topology.Master("NODE_0", 0),
                reach(nodes));
        CommandLines commandLines = new CommandLines(config, programs, topology);
        List<String> lines = new ArrayList<>();
        lines.add("# job " + config.job() + ", node " + nodeRank + " of " + nodes.count() + ", " + nodes.localWorkers()
                + " of " + topology.worldSize() + " workers");
        if (nodeRank == 0) {
            for (int number = 0; number < config.resilience().coordinators(); number++) {
                lines.add("# coordinator " + number);
                lines.add(line(commandLines.coordinator(seat(config, number))));
            }
        }
        for (int local = 0; local < nodes.localWorkers(); local++) {
            int place = topology.share().firstPlace() + local;
            lines.add("# rank " + place);
            lines.add(line(commandLines.worker(new ChildGroup.Seat(place, 0), PEERS)));
        }
        return String.join("\n", lines);
    }

    private static Topology.Reach reach(NodeSettings nodes) {
        if (nodes.isSingle()) {
            return Reachability.alone(nodes.addresses());
        }
        String bind = nodes.addresses().bind();
        return new Topology.Reach(
                bind == null ? "THIS_NODE" : bind, nodes.addresses().advertise());
    }

    private static CoordinatorSeat seat(LaunchConfig config, int number) {
        int count = config.resilience().coordinators();
        if (count == 1) {
            return CoordinatorSeat.ALONE;
        }
        List<String> replicas = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replicas.add("REPLICA_" + i);
        }
        return new CoordinatorSeat(replicas, number, 0);
    }

    /** The commands for the hosts. */
    static String text(RemoteCommands commands) {
        return commands.all().stream()
                .map(remote -> "# " + remote.host() + "\n"
                        + remote.words().stream().map(RemoteCommands::quoted).collect(Collectors.joining(" ")))
                .collect(Collectors.joining("\n"));
    }

    private static String line(CommandLine commandLine) {
        String variables = commandLine.environment().entrySet().stream()
                .map(entry -> entry.getKey() + "=" + RemoteCommands.quoted(entry.getValue()) + " ")
                .collect(Collectors.joining());
        return variables
                + commandLine.words().stream().map(RemoteCommands::quoted).collect(Collectors.joining(" "));
    }
}
