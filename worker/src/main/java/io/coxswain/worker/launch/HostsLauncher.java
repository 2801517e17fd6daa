package io.coxswain.worker.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Starts the launchers of other hosts, each by a command of its own, relays what they say, and ends with the exit code of node 0's. Its
 * children hang on their standard input: when this process is gone, their hosts' launchers end. Used once, on the caller's thread.
 */
final class HostsLauncher {
    /** ssh's own, where it does not come to the command. */
    private static final int SSH_FAILED = 255;
    /** How what a launcher says of itself begins; ssh's own lines do not. */
    private static final String LAUNCHERS_WORD = "coxswain: ";
    /** A terminal's Ctrl-C is for this process, which passes it on: in its session ssh would end by it, and say nothing any more. */
    private static final String OWN_SESSION = "setsid";

    /** What the others get to end by themselves once it is known how the job ends. */
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(10);
    /** And when they were told to, beyond their own grace. */
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private static final Duration KILL_LIMIT = Duration.ofSeconds(2);
    private static final Duration TICK = Duration.ofMillis(200);

    private final RemoteCommands commands;
    private final Policy policy;
    private final Desk desk;
    private final List<Host> hosts = new ArrayList<>();
    private int signalsPassedOn;

    /**
     * What ends the job, and how fast.
     *
     * @param onLoss whether it goes on without a host
     * @param termGrace what the workers get to end by themselves
     */
    record Policy(OnLoss onLoss, Duration termGrace) {}

    /** One of them, by the command to it. */
    private record Host(ChildProcess command, AtomicBoolean spoke) {

        int exitCode() {
            return command.exitCode().orElse(ExitCodes.FAILED);
        }

        boolean hasFailed() {
            return !command.isRunning() && exitCode() != ExitCodes.OK;
        }
    }

    HostsLauncher(RemoteCommands commands, Policy policy, Desk desk) {
        this.commands = commands;
        this.policy = policy;
        this.desk = desk;
    }

    /**
     * Runs until all have ended; no process of this host is left when it returns or throws.
     *
     * @throws IOException when a command cannot be started
     */
    int run() throws IOException, InterruptedException {
        try {
            for (RemoteCommands.Remote remote : commands.all()) {
                start(remote);
            }
            while (!isDecided()) {
                desk.loop().runUntil(() -> isDecided() || hasNewSignal(), TICK);
                passSignalsOn();
            }
            Optional<Host> culprit = culprit(); // before those are told to end who fail by that
            endOthers(culprit);
            return exitCode(culprit);
        } finally {
            hosts.forEach(host -> host.command().kill());
            desk.loop().runUntil(this::allEnded, KILL_LIMIT);
            ChildProcess.awaitOutput(hosts.stream().map(Host::command).toList());
        }
    }

    private void start(RemoteCommands.Remote remote) throws IOException {
        String prefix = "[" + remote.host() + "] ";
        List<String> words = new ArrayList<>(List.of(OWN_SESSION));
        words.addAll(remote.words());
        AtomicBoolean spoke = new AtomicBoolean();
        ChildProcess command = ChildProcess.start(
                remote.host(),
                new CommandLines.CommandLine(words, Map.of()),
                new ChildProcess.Sinks(line -> desk.terminal().result(prefix + line), line -> {
                    if (line.startsWith(LAUNCHERS_WORD)) {
                        spoke.set(true);
                    }
                    desk.terminal().news(prefix + line);
                }));
        hosts.add(new Host(command, spoke));
        command.onEnd(exitCode -> desk.loop().post(() -> {
            command.ended(exitCode);
            if (exitCode == SSH_FAILED) {
                desk.terminal()
                        .news("coxswain: host " + command.name() + " cannot be reached, or the command to it broke");
            }
        }));
    }

    private boolean allEnded() {
        return hosts.stream().noneMatch(host -> host.command().isRunning());
    }

    private Host first() {
        return hosts.get(0);
    }

    /** Whether it is known how the job ends: node 0 knows, or it cannot go on. */
    private boolean isDecided() {
        return !first().command().isRunning() || culprit().isPresent();
    }

    /** The first host, in their order, whose end is the job's. */
    private Optional<Host> culprit() {
        return hosts.stream()
                .filter(host -> host.hasFailed() && !isGoneWithoutHarm(host))
                .findFirst();
    }

    /** A host that had been in the group, which goes on without it: node 0 says so. */
    private boolean isGoneWithoutHarm(Host host) {
        if (policy.onLoss() != OnLoss.SHRINK || first().command() == host.command()) {
            return false;
        }
        int code = host.exitCode();
        return code == SSH_FAILED
                ? host.spoke().get()
                : code == ExitCodes.COORDINATOR_LOST || code > ExitCodes.SIGNAL_BASE;
    }

    private boolean hasNewSignal() {
        return desk.state().signalsSeen() > signalsPassedOn;
    }

    /** The hosts' launchers know what to do, and what a second one means. */
    private void passSignalsOn() {
        desk.state().signal().ifPresent(number -> {
            while (hasNewSignal()) {
                signalsPassedOn++;
                Lifeline.Signal.ofNumber(number).ifPresent(signal -> tell(signal.name()));
            }
        });
    }

    private void tell(String signal) {
        hosts.stream().map(Host::command).filter(ChildProcess::isRunning).forEach(command -> command.say(signal));
    }

    /** The others mostly know it already. */
    private void endOthers(Optional<Host> culprit) throws InterruptedException {
        boolean isUnreachable =
                culprit.map(host -> host.exitCode() == SSH_FAILED).orElse(false);
        if (signalsPassedOn > 0) {
            awaitEnd(policy.termGrace().plus(SETTLE_LIMIT));
        } else if (!isUnreachable) {
            awaitEnd(SETTLE_LIMIT);
        }
        if (allEnded()) {
            return;
        }
        Host cause = culprit.orElseGet(this::first);
        desk.terminal()
                .news("coxswain: ending the launchers of the other hosts, as that of "
                        + cause.command().name() + " ended with " + ExitCodes.describe(cause.exitCode()));
        if (signalsPassedOn == 0) { // else a second one would mean: at once
            tell(Lifeline.Signal.TERM.name());
        }
        awaitEnd(policy.termGrace().plus(END_LIMIT));
    }

    /** Waits until all have ended, for so long at most. */
    private void awaitEnd(Duration limit) throws InterruptedException {
        long begin = desk.loop().nanoTime();
        while (!allEnded() && desk.loop().nanoTime() - begin < limit.toNanos()) {
            desk.loop().runUntil(() -> allEnded() || hasNewSignal(), TICK);
            passSignalsOn();
        }
    }

    /** Node 0 knows best, unless it was told to end because of another. */
    private int exitCode(Optional<Host> culprit) {
        if (desk.state().signal().isPresent()) {
            return ExitCodes.SIGNAL_BASE + desk.state().signal().getAsInt();
        }
        int code = first().exitCode();
        boolean knows = first().hasFailed() && code != ExitCodes.SIGNAL_BASE + Lifeline.Signal.TERM.number();
        int own = knows ? code : culprit.map(Host::exitCode).orElse(code);
        return own == SSH_FAILED ? ExitCodes.TRY_AGAIN : own;
    }
}
