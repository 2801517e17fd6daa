package io.coxswain.worker.launch;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/** The commands that start the launchers of other hosts. A pure function of the settings. */
final class RemoteCommands {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");
    /** What this launcher says for each host, or is its own business. */
    private static final Set<String> NOT_PASSED_ON = Set.of(
            "--hosts",
            "--hostfile",
            "--ssh-command",
            "--remote-home",
            "--dry-run",
            "--rdzv-endpoint",
            "--rdzv-id",
            "--job");

    private final RemoteSettings settings;
    private final List<String> passedOn;

    RemoteCommands(RemoteSettings settings, List<String> arguments) {
        this.settings = settings;
        this.passedOn = passedOn(arguments);
    }

    /**
     * What starts the launcher of a host.
     *
     * @param words of the local command
     */
    record Remote(String host, List<String> words) {}

    String job() {
        return settings.job();
    }

    List<Remote> all() {
        List<Remote> remotes = new ArrayList<>();
        List<HostList.Host> hosts = settings.hosts().hosts();
        for (int rank = 0; rank < hosts.size(); rank++) {
            List<String> words = new ArrayList<>(settings.ssh());
            words.add(hosts.get(rank).name());
            words.add(command(rank));
            remotes.add(new Remote(hosts.get(rank).name(), List.copyOf(words)));
        }
        return remotes;
    }

    /** One line for the host's shell. The directory is the same as here where there is one: paths may be relative. */
    private String command(int rank) {
        List<String> words = new ArrayList<>(List.of(
                settings.home() + "/scripts/launch.sh",
                "--lifeline",
                "--nnodes=" + settings.hosts().hosts().size(),
                "--node-rank=" + rank,
                "--nproc-per-node=" + settings.hosts().hosts().get(rank).slots(),
                "--rdzv-endpoint=" + endpoint(),
                "--rdzv-id=" + settings.job()));
        words.addAll(passedOn);
        String here = quoted(System.getProperty("user.dir"));
        return "cd " + here + " 2>/dev/null; exec "
                + words.stream().map(RemoteCommands::quoted).collect(Collectors.joining(" "));
    }

    private String endpoint() {
        InetSocketAddress endpoint = settings.endpoint();
        if (endpoint == null) {
            return withoutUser(settings.hosts().hosts().get(0).name()) + ":" + NodeSettings.Rendezvous.DEFAULT_PORT;
        }
        String host = endpoint.getHostString();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + endpoint.getPort();
    }

    private static String withoutUser(String host) {
        return host.substring(host.indexOf('@') + 1);
    }

    private static List<String> passedOn(List<String> arguments) {
        Map<String, OptionSpec> known =
                LaunchCommand.newCommandLine().getCommandSpec().optionsMap();
        List<String> words = new ArrayList<>();
        boolean flags = true;
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            flags = flags && !word.equals("--");
            String name = word.split("=", 2)[0];
            if (!flags || !NOT_PASSED_ON.contains(name)) {
                words.add(word);
            } else if (name.equals(word)
                    && Objects.requireNonNull(known.get(name)).arity().max() > 0) {
                i++; // its value is the next word
            }
        }
        return List.copyOf(words);
    }

    /** As a shell reads it back. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
