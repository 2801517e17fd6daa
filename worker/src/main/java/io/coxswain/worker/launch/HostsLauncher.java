package io.coxswain.worker.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts the launchers of other hosts, each by a command of its own, relays what they say, and ends with the exit code of node 0's. Its
 * children hang on their standard input: when this process is gone, their hosts' launchers end. Used once, on the caller's thread.
 */
final class HostsLauncher {
    /** ssh's own, where it does not come to the command. */
    private static final int SSH_FAILED = 255;

    /** What the others get to end by themselves when one has failed. */
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(10);
    /** And when they were told to, beyond their own grace. */
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private static final Duration KILL_LIMIT = Duration.ofSeconds(2);
    private static final Duration TICK = Duration.ofMillis(200);

    private final RemoteCommands commands;
    private final Desk desk;
    private final List<ChildProcess> launchers = new ArrayList<>();
    private int signalsPassedOn;

    HostsLauncher(RemoteCommands commands, Desk desk) {
        this.commands = commands;
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
            while (!allEnded() && firstFailed().isEmpty()) {
                desk.loop().runUntil(() -> allEnded() || firstFailed().isPresent() || hasNewSignal(), TICK);
                passSignalsOn();
            }
            return conclude();
        } finally {
            launchers.forEach(ChildProcess::kill);
            desk.loop().runUntil(this::allEnded, KILL_LIMIT);
        }
    }

    private void start(RemoteCommands.Remote remote) throws IOException {
        String prefix = "[" + remote.host() + "] ";
        ChildProcess child = ChildProcess.start(
                remote.host(),
                new CommandLines.CommandLine(remote.words(), Map.of()),
                new ChildProcess.Sinks(
                        line -> desk.terminal().result(prefix + line),
                        line -> desk.terminal().news(prefix + line)));
        launchers.add(child);
        child.onEnd(exitCode -> desk.loop().post(() -> {
            child.ended(exitCode);
            if (exitCode == SSH_FAILED) {
                desk.terminal()
                        .news("coxswain: host " + child.name() + " cannot be reached, or the command to it broke");
            }
        }));
    }

    private boolean allEnded() {
        return launchers.stream().noneMatch(ChildProcess::isRunning);
    }

    private Optional<ChildProcess> firstFailed() {
        return launchers.stream()
                .filter(child -> child.exitCode().orElse(ExitCodes.OK) != ExitCodes.OK)
                .findFirst();
    }

    private boolean hasNewSignal() {
        return desk.state().signalsSeen() > signalsPassedOn;
    }

    /** The hosts' launchers know what to do, and what a second one means. */
    private void passSignalsOn() {
        desk.state().signal().ifPresent(number -> {
            while (hasNewSignal()) {
                signalsPassedOn++;
                Lifeline.Signal.ofNumber(number)
                        .ifPresent(signal -> launchers.stream()
                                .filter(ChildProcess::isRunning)
                                .forEach(child -> child.say(signal.name())));
            }
        });
    }

    /** One host that has failed takes the others with it, which mostly know it already. */
    private int conclude() throws InterruptedException {
        Optional<ChildProcess> first = firstFailed();
        if (first.isPresent() && !settle()) {
            desk.terminal()
                    .news("coxswain: ending the launchers of the other hosts, as that of "
                            + first.get().name() + " ended with "
                            + ExitCodes.describe(first.get().exitCode().orElse(ExitCodes.FAILED)));
            launchers.stream().filter(ChildProcess::isRunning).forEach(child -> child.say("TERM"));
            desk.loop().runUntil(this::allEnded, END_LIMIT);
        }
        return first.map(this::exitCode).orElse(ExitCodes.OK);
    }

    private boolean settle() throws InterruptedException {
        boolean unreachable = firstFailed()
                .map(child -> child.exitCode().orElse(ExitCodes.OK) == SSH_FAILED)
                .orElse(false);
        long begin = desk.loop().nanoTime();
        while (!unreachable && !allEnded() && desk.loop().nanoTime() - begin < SETTLE_LIMIT.toNanos()) {
            desk.loop().runUntil(() -> allEnded() || hasNewSignal(), TICK);
            passSignalsOn();
        }
        return allEnded();
    }

    /** Node 0 knows best, unless it was told to end because of another. */
    private int exitCode(ChildProcess first) {
        int code = launchers.get(0).exitCode().orElse(ExitCodes.FAILED);
        boolean endedByUs =
                code == ExitCodes.SIGNAL_BASE + 15 && desk.state().signal().isEmpty();
        int own = endedByUs || code == ExitCodes.OK ? first.exitCode().orElse(ExitCodes.FAILED) : code;
        return own == SSH_FAILED ? ExitCodes.TRY_AGAIN : own;
    }
}
