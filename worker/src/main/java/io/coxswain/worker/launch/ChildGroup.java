package io.coxswain.worker.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The processes of a launch on this machine: the coordinators by number and the workers by place, of each the latest. Owned by the
 * launcher's thread.
 */
final class ChildGroup {
    /** The kernel needs this at most to end a killed process. */
    private static final Duration KILL_LIMIT = Duration.ofSeconds(2);

    /** A coordinator without workers has nothing to finish but to take its entry out of the job directory. */
    private static final Duration COORDINATOR_LIMIT = Duration.ofSeconds(3);

    private final EventLoop loop;
    private final Terminal terminal;
    private final Listener listener;
    /** The latest of each place. */
    private final SortedMap<Integer, ChildProcess> workers = new TreeMap<>();

    /** The latest of each number. */
    private final SortedMap<Integer, ChildProcess> coordinators = new TreeMap<>();

    /** Hears of starts and ends and of the coordinators' addresses, on the launcher's thread. */
    interface Listener extends Node.Listener {
        void onCoordinatorAddress(int number, String address);

        void onCoordinatorEnd(int number, WorkerEnd end);
    }

    /**
     * Whose process a worker is.
     *
     * @param attempt how often the place was filled before
     */
    record Seat(int place, int attempt) {}

    ChildGroup(EventLoop loop, Terminal terminal, Listener listener) {
        this.loop = loop;
        this.terminal = terminal;
        this.listener = listener;
    }

    /** Starts a coordinator in place of the one before, whose end was heard of. */
    void startCoordinator(int number, String name, CommandLines.CommandLine commandLine) throws IOException {
        ChildProcess child = ChildProcess.start(
                name,
                commandLine,
                new ChildProcess.Sinks(
                        new FirstLine(line -> loop.post(() -> listener.onCoordinatorAddress(number, line))),
                        line -> terminal.news("[" + name + "] " + line)));
        coordinators.put(number, child);
        Seat seat = new Seat(number, 0);
        child.onEnd(exitCode -> loop.post(() -> listener.onCoordinatorEnd(number, ended(child, seat, exitCode))));
    }

    /** Starts a worker in place of the one before, whose end was heard of. */
    void startWorker(Seat seat, CommandLines.CommandLine commandLine, ChildProcess.Sinks sinks) throws IOException {
        ChildProcess child = ChildProcess.start("rank " + seat.place(), commandLine, sinks);
        workers.put(seat.place(), child);
        listener.onWorkerStarted(seat, child.pid());
        child.onEnd(exitCode -> loop.post(() -> listener.onWorkerEnd(ended(child, seat, exitCode))));
    }

    private static WorkerEnd ended(ChildProcess child, Seat seat, int exitCode) {
        child.ended(exitCode);
        return new WorkerEnd(seat, child.pid(), exitCode, child.cause(), child::lastLines);
    }

    boolean anyCoordinatorRuns() {
        return coordinators.values().stream().anyMatch(ChildProcess::isRunning);
    }

    boolean allWorkersEnded() {
        return workers.values().stream().noneMatch(ChildProcess::isRunning);
    }

    /** Asks the workers to end. */
    void terminateWorkers() {
        workers.values().forEach(ChildProcess::terminate);
    }

    /** Without effect where there is none. */
    void killWorker(int place) {
        ChildProcess child = workers.get(place);
        if (child != null) {
            child.kill();
        }
    }

    void killWorkers() {
        workers.values().forEach(ChildProcess::kill);
    }

    /** Ends the coordinators, after the workers, who have something to say to them until the last. Returns when none is left. */
    void endCoordinators(BooleanSupplier impatient) throws InterruptedException {
        coordinators.values().forEach(ChildProcess::terminate);
        loop.runUntil(() -> noneIsLeft() || impatient.getAsBoolean(), COORDINATOR_LIMIT);
        killTheRest();
    }

    /** KILL to all that are left; returns when they have ended, and their last lines are passed on. */
    void killTheRest() throws InterruptedException {
        all().forEach(ChildProcess::kill);
        if (!loop.runUntil(this::noneIsLeft, KILL_LIMIT)) {
            all().filter(ChildProcess::isRunning)
                    .forEach(child -> terminal.news(
                            "coxswain: " + child.name() + " (pid " + child.pid() + ") has not ended after SIGKILL"));
        }
        ChildProcess.awaitOutput(all().toList());
    }

    private boolean noneIsLeft() {
        return all().noneMatch(ChildProcess::isRunning);
    }

    private Stream<ChildProcess> all() {
        return Stream.concat(workers.values().stream(), coordinators.values().stream());
    }

    /** Passes on the first line and drops the others. Only on its relay's thread. */
    private static final class FirstLine implements LineSink {
        private final LineSink sink;
        private boolean passed;

        FirstLine(LineSink sink) {
            this.sink = sink;
        }

        @Override
        public void accept(String line) {
            if (!passed) {
                passed = true;
                sink.accept(line);
            }
        }
    }
}
