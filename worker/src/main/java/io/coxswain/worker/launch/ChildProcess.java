package io.coxswain.worker.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One started process. Its standard input is a pipe whose write end only the launcher holds: when the launcher ends,
 * however it ends, the pipe closes and the child ends too (the children run with {@code --lifeline}).
 *
 * <p>Owned by the launcher's thread; its relays touch only the tail and the terminal, which are thread-safe.
 */
final class ChildProcess {
    static final int TAIL_LINES = 50;

    /** What an ended process has written is passed on within this, unless a process of its own still holds its output. */
    private static final Duration OUTPUT_LIMIT = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(ChildProcess.class);

    /** Who made the process end. */
    enum Cause {
        ITSELF,
        LAUNCHER,
        /** Nobody knows: its node is lost, and it counts as ended. */
        NODE_LOST
    }

    private final String name;
    /** Holds the write end of the child's standard input open: the lifeline. */
    private final Process process;

    private final LineTail tail;
    private final List<OutputRelay> relays;
    private Cause cause = Cause.ITSELF;
    private boolean terminated;
    private OptionalInt exitCode = OptionalInt.empty();

    private ChildProcess(String name, Process process, LineTail tail, List<OutputRelay> relays) {
        this.name = name;
        this.process = process;
        this.tail = tail;
        this.relays = relays;
    }

    /** Where a child's lines go; each is called on a relay's thread. */
    record Sinks(LineSink stdout, LineSink stderr) {}

    /**
     * Starts it and the relays of its output.
     *
     * @throws IOException when the program cannot be started
     */
    static ChildProcess start(String name, CommandLines.CommandLine commandLine, Sinks sinks) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(commandLine.words());
        builder.environment().putAll(commandLine.environment());
        Process process = builder.start();
        LineTail tail = new LineTail(TAIL_LINES);
        LineSink keep = tail::add;
        List<OutputRelay> relays = List.of(
                OutputRelay.start(name + "-stdout", process.getInputStream(), sinks.stdout()),
                OutputRelay.start(name + "-stderr", process.getErrorStream(), keep.and(sinks.stderr())));
        return new ChildProcess(name, process, tail, relays);
    }

    /** Calls back once, on a thread of the JVM's, when the process has ended. */
    @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once the callback has run.
    void onEnd(Consumer<Integer> callback) {
        process.onExit().thenAccept(ended -> callback.accept(ended.exitValue()));
    }

    /** Notes the end; from then on {@link #exitCode()} is present. */
    void ended(int code) {
        exitCode = OptionalInt.of(code);
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    boolean isRunning() {
        return exitCode.isEmpty();
    }

    OptionalInt exitCode() {
        return exitCode;
    }

    Cause cause() {
        return cause;
    }

    /** Its last lines on stderr, after a short wait for those still in the pipe. */
    List<String> lastLines(Duration limit) {
        try {
            awaitOutput(limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return tail.lines();
    }

    private void awaitOutput(Duration limit) throws InterruptedException {
        for (OutputRelay relay : relays) {
            relay.awaitEnd(limit);
        }
    }

    /** Waits for a moment until all that these ended ones have written is passed on. */
    static void awaitOutput(Collection<ChildProcess> ended) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + OUTPUT_LIMIT.toNanos();
        for (ChildProcess child : ended) {
            child.awaitOutput(Duration.ofNanos(deadlineNanos - System.nanoTime()));
        }
    }

    /** Writes a line to its standard input; without effect on one that does not read any more. */
    void say(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            LOG.debug("{} does not read any more: {}", name, e.getMessage());
        }
    }

    /** Asks it to end with a TERM, once: a second one would mean that it is to end at once. Without effect on an ended one. */
    void terminate() {
        if (isRunning() && !terminated) {
            terminated = true;
            cause = Cause.LAUNCHER;
            // By its handle: Process.destroy() would close the output too, and with it the last lines.
            process.toHandle().destroy();
        }
    }

    /** Ends it for sure, a stopped one too. Without effect on an ended one. */
    void kill() {
        if (isRunning()) {
            cause = Cause.LAUNCHER;
            process.toHandle().destroyForcibly();
        }
    }
}
