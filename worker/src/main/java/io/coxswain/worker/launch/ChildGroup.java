package io.coxswain.worker.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a launch: the coordinators by number and the workers by place, of each the latest. Owned by the launcher's
 * thread.
 */
final class ChildGroup {
    /** The kernel needs this at most to end a killed process. */
    private static final Duration KILL_LIMIT = Duration.ofSeconds(2);

    /** A coordinator without workers has nothing to finish. */
    private static final Duration COORDINATOR_LIMIT = Duration.ofSeconds(2);

    private final EventLoop loop;
    private final Terminal terminal;
    private final Listener listener;
    /** The latest of each place. */
    private final SortedMap<Integer, ChildProcess> workers = new TreeMap<>();

    /** The latest of each number. */
    private final SortedMap<Integer, ChildProcess> coordinators = new TreeMap<>();

    private final List<ChildProcess> ends = new ArrayList<>();

    /** Hears of ends and of the coordinators' addresses, on the launcher's thread. */
    interface Listener {
        void onCoordinatorAddress(int number, String address);

        void onCoordinatorEnd(int number, int exitCode);

        void onWorkerEnd(Seat seat, int exitCode);
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

    /** Starts a coordinator; its predecessor, whose end was heard of, is forgotten. */
    void startCoordinator(int number, String name, CommandLines.CommandLine commandLine) throws IOException {
        ChildProcess child = ChildProcess.start(
                name,
                commandLine,
                new ChildProcess.Sinks(
                        new FirstLine(line -> loop.post(() -> listener.onCoordinatorAddress(number, line))),
                        prefixed(name)));
        forget(coordinators.put(number, child));
        watch(child, exitCode -> listener.onCoordinatorEnd(number, exitCode));
    }

    private void forget(@Nullable ChildProcess before) {
        if (before != null) {
            ends.remove(before);
        }
    }

    /** Starts a worker; its predecessor, whose end was heard of, is forgotten. */
    void startWorker(Seat seat, CommandLines.CommandLine commandLine) throws IOException {
        String name = "rank " + seat.place();
        ChildProcess child =
                ChildProcess.start(name, commandLine, new ChildProcess.Sinks(prefixed(name), prefixed(name)));
        forget(workers.put(seat.place(), child));
        watch(child, exitCode -> listener.onWorkerEnd(seat, exitCode));
    }

    /** The latest process of a place; only where one was started. */
    ChildProcess worker(int place) {
        return Objects.requireNonNull(workers.get(place), "no worker was started for place " + place);
    }

    /** The place of a worker; empty: it is a coordinator. */
    OptionalInt placeOf(ChildProcess child) {
        return workers.entrySet().stream()
                .filter(entry -> entry.getValue().equals(child))
                .mapToInt(Map.Entry::getKey)
                .findFirst();
    }

    boolean anyCoordinatorRuns() {
        return coordinators.values().stream().anyMatch(ChildProcess::isRunning);
    }

    /** Those that have ended, the first first. */
    List<ChildProcess> endsInOrder() {
        return List.copyOf(ends);
    }

    boolean allWorkersEnded() {
        return workers.values().stream().noneMatch(ChildProcess::isRunning);
    }

    /**
     * Ends the workers first, who have something to say to a coordinator until the last, then the coordinators: TERM, and KILL to
     * those that are left after the grace or as soon as {@code impatient} says so. Returns when none is left.
     */
    void end(Duration grace, BooleanSupplier impatient) throws InterruptedException {
        workers.values().forEach(ChildProcess::terminate);
        loop.runUntil(() -> allWorkersEnded() || impatient.getAsBoolean(), grace);
        workers.values().forEach(ChildProcess::kill);
        coordinators.values().forEach(ChildProcess::terminate);
        Duration rest = grace.compareTo(COORDINATOR_LIMIT) < 0 ? grace : COORDINATOR_LIMIT;
        loop.runUntil(() -> noneIsLeft() || impatient.getAsBoolean(), rest);
        killTheRest();
    }

    /** KILL to all that are left; returns when they have ended. */
    void killTheRest() throws InterruptedException {
        all().forEach(ChildProcess::kill);
        if (!loop.runUntil(this::noneIsLeft, KILL_LIMIT)) {
            all().filter(ChildProcess::isRunning)
                    .forEach(child -> terminal.news(
                            "coxswain: " + child.name() + " (pid " + child.pid() + ") has not ended after SIGKILL"));
        }
    }

    private boolean noneIsLeft() {
        return all().noneMatch(ChildProcess::isRunning);
    }

    private Stream<ChildProcess> all() {
        return Stream.concat(workers.values().stream(), coordinators.values().stream());
    }

    private void watch(ChildProcess child, IntConsumer onEnd) {
        child.onEnd(exitCode -> loop.post(() -> {
            child.ended(exitCode);
            ends.add(child);
            onEnd.accept(exitCode);
        }));
    }

    private Consumer<String> prefixed(String name) {
        return line -> terminal.news("[" + name + "] " + line);
    }

    /** Passes on the first line and drops the others. Only on its relay's thread. */
    private static final class FirstLine implements Consumer<String> {
        private final Consumer<String> sink;
        private boolean passed;

        FirstLine(Consumer<String> sink) {
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
