package io.coxswain.worker.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** To start all hosts from one. */
final class RemoteFlags {
    /** A host that does not answer is to be named soon, and nobody is there to type a password. */
    static final String SSH =
            "ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=5 -o ServerAliveCountMax=3";

    @Option(
            names = "--hosts",
            paramLabel = "H:N,H:N",
            description = "Start the launchers of these hosts by ssh, each with N workers; the first is node 0.")
    private @Nullable String hosts;

    @Option(names = "--hostfile", paramLabel = "FILE", description = "The same from lines of HOST slots=N or HOST:N.")
    private @Nullable Path hostfile;

    @Option(names = "--ssh-command", paramLabel = "CMD", description = "What starts a command on a host (" + SSH + ").")
    private String sshCommand = SSH;

    @Option(
            names = "--remote-home",
            paramLabel = "DIR",
            description = "Where the project lies on the hosts (default: where it lies here).")
    private @Nullable String remoteHome;

    @Option(
            names = "--lifeline",
            description =
                    "End when standard input ends, as by HUP; a line there with a signal's name is as that signal.")
    private boolean lifeline;

    boolean isLifeline() {
        return lifeline;
    }

    /** The hosts; null: only this one. */
    @Nullable
    HostList hosts() {
        if (hosts != null) {
            return HostList.parse(hosts);
        }
        if (hostfile == null) {
            return null;
        }
        try {
            return HostList.parseFile(hostfile.toString(), Files.readAllLines(hostfile));
        } catch (IOException e) {
            throw LaunchConfig.refused("--hostfile", hostfile, "a file that can be read (" + e + ")");
        }
    }

    List<String> sshCommand() {
        if (sshCommand.isBlank()) {
            throw LaunchConfig.refused("--ssh-command", sshCommand, "a program and its options");
        }
        return List.of(sshCommand.strip().split("\\s+"));
    }

    @Nullable
    String remoteHome() {
        return remoteHome;
    }
}
