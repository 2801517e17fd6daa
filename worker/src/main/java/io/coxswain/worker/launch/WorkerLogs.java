package io.coxswain.worker.launch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the output of this node's workers goes: to the console with a prefix, and to files of their own in {@code
 * DIR/RUN_ID/attempt_N/RANK}, which are never overwritten: where an earlier launch of the same name has left some, the directory is
 * {@code RANK.2} and so on. Owned by the launcher's thread; its sinks by their relays'.
 */
final class WorkerLogs {
    private static final int MOST_LAUNCHES = 10_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LogSettings settings;
    private final @Nullable Path run;
    private final Terminal terminal;
    /** Of the latest process of each place. */
    private final Map<Integer, Path> directories = new HashMap<>();

    WorkerLogs(LogSettings settings, String runId, Terminal terminal) {
        this.settings = settings;
        this.run = settings.directory() == null ? null : settings.directory().resolve(runId);
        this.terminal = terminal;
    }

    /**
     * Makes the files of a worker that is about to start.
     *
     * @param name for its lines on the console
     * @throws IOException when they cannot be made; the message names them
     */
    ChildProcess.Sinks open(ChildGroup.Seat seat, int localRank, String name) throws IOException {
        Path directory = run == null ? null : make(run, seat);
        if (directory != null) {
            directories.put(seat.place(), directory);
        }
        return new ChildProcess.Sinks(
                sink(LogSettings.Streams.STDOUT, directory, localRank, name),
                sink(LogSettings.Streams.STDERR, directory, localRank, name));
    }

    private static Path make(Path run, ChildGroup.Seat seat) throws IOException {
        Path attempt = run.resolve("attempt_" + seat.attempt());
        try {
            return makeNext(Files.createDirectories(attempt), seat);
        } catch (FileSystemException e) { // whose message may be the path alone
            throw new IOException("--log-dir: " + attempt + " cannot be made or written: " + e, e);
        }
    }

    private static Path makeNext(Path attempt, ChildGroup.Seat seat) throws IOException {
        for (int launch = 1; launch <= MOST_LAUNCHES; launch++) {
            try {
                return Files.createDirectory(attempt.resolve(seat.place() + (launch == 1 ? "" : "." + launch)));
            } catch (FileAlreadyExistsException taken) {
                // By an earlier launch of the same name.
            }
        }
        throw new IOException("--log-dir: " + attempt + " has the logs of " + MOST_LAUNCHES + " launches");
    }

    private LineSink sink(int stream, @Nullable Path directory, int localRank, String name) throws IOException {
        boolean redirected = directory != null && settings.redirects().has(localRank, stream);
        boolean teed = settings.tee().has(localRank, stream);
        boolean shown = settings.shows(localRank) && (!redirected || teed);
        LineSink console = shown ? line -> terminal.news("[" + name + "] " + line) : line -> {};
        if (directory == null || !(redirected || teed)) {
            return console;
        }
        String file = stream == LogSettings.Streams.STDOUT ? "stdout.log" : "stderr.log";
        return console.and(new FileSink(directory.resolve(file), terminal));
    }

    /** Writes down how a worker has failed, beside its output. */
    void noteFailure(WorkerEnd end, FailureReport.End facts) {
        Path directory = directories.get(end.seat().place());
        if (directory == null) {
            return;
        }
        try {
            write(directory.resolve("error.json"), error(end.seat().attempt(), facts));
        } catch (IOException e) {
            terminal.news("coxswain: " + directory + ": error.json cannot be written: " + e);
        }
    }

    private static ObjectNode error(int attempt, FailureReport.End end) {
        ObjectNode node = FailureReport.json(JSON, end);
        node.put("attempt", attempt);
        return node;
    }

    /** Writes down why the job has failed, beside the attempts; only node 0 does. */
    void noteVerdict(FailureReport report) {
        if (run == null) {
            return;
        }
        try {
            Files.createDirectories(run);
            for (int launch = 1; launch <= MOST_LAUNCHES; launch++) {
                Path file = run.resolve("failure" + (launch == 1 ? "" : "." + launch) + ".json");
                if (!Files.exists(file)) {
                    write(file, report.json(JSON));
                    return;
                }
            }
        } catch (IOException e) {
            terminal.news("coxswain: " + run + ": failure.json cannot be written: " + e);
        }
    }

    private static void write(Path file, ObjectNode node) throws IOException {
        Files.writeString(
                file,
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n",
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
    }

    /** Each line is in the file as soon as it was read. A disk that is full ends the file, not the job. */
    private static final class FileSink implements LineSink {
        private final Path file;
        private final Terminal terminal;
        private @Nullable BufferedWriter writer;

        FileSink(Path file, Terminal terminal) throws IOException {
            this.file = file;
            this.terminal = terminal;
            this.writer = Files.newBufferedWriter(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        @Override
        public void accept(String line) {
            if (writer == null) {
                return;
            }
            try {
                writer.write(line);
                writer.write('\n');
                writer.flush();
            } catch (IOException e) {
                terminal.news("coxswain: " + file + " ends here, it cannot be written: " + e);
                writer = null;
            }
        }

        @Override
        public void close() {
            try {
                if (writer != null) {
                    writer.close();
                }
            } catch (IOException e) {
                terminal.news("coxswain: " + file + " cannot be closed: " + e);
            }
        }
    }
}
