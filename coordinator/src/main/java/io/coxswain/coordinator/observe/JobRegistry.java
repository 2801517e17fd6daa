package io.coxswain.coordinator.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs that run on this machine, one small JSON file each ({@link JobEntry}) in a directory that belongs to the
 * user. A coordinator registers its job while it lives; whoever looks for a job finds its address here.
 *
 * <p>Immutable, thread-safe, also between processes: a file is seen whole or not at all. Every method but the
 * constructor touches the disk, so none is for an event loop.
 */
public final class JobRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(JobRegistry.class);
    private static final String SUFFIX = ".json";

    /** {@code sun_path} of unix(7) has 108 bytes, the last one a zero. */
    private static final int LONGEST_SOCKET_PATH_BYTES = 107;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JobDirectory directory;

    /** A registry in that directory, which {@link #register} and {@link #socketPath} make where it is missing. */
    public JobRegistry(Path directory) {
        this.directory = new JobDirectory(directory);
    }

    /**
     * The directory to take when nobody names one: {@code $XDG_RUNTIME_DIR/coxswain} where that variable names a
     * directory, else {@code /tmp/coxswain-UID}.
     *
     * @param environment the process's environment variables
     * @throws IOException if the user cannot be told
     */
    public static Path defaultDirectory(Map<String, String> environment) throws IOException {
        return JobDirectory.defaultPath(environment);
    }

    /** Where the entries are. */
    public Path directory() {
        return directory.path();
    }

    /**
     * Enters a job, until the registration is closed. A process may enter its job again, with another term, and so may
     * another of the job's replicas: of entries of one term the last holds, and none replaces one of a higher term, for a
     * leader may not know yet that it was deposed. The entry of a process that has ended is replaced.
     *
     * @throws FileAlreadyExistsException if another live process runs a job of that name; the text says which
     * @throws IOException if the directory belongs to somebody else, or the file cannot be written
     */
    public Registration register(JobEntry entry) throws IOException {
        directory.create();
        Path file = file(entry.job());
        Optional<JobEntry> other = readLive(file).filter(live -> live.pid() != entry.pid());
        if (other.filter(live -> !live.isFellowOf(entry)).isPresent()) {
            throw new FileAlreadyExistsException(
                    file.toString(),
                    null,
                    "job '" + entry.job() + "' runs already, pid " + other.get().pid() + " at "
                            + other.get().address() + ": another job name or job directory is needed");
        }
        if (other.filter(live -> live.term() > entry.term()).isEmpty()) {
            write(file, entry);
        }
        return new Registration(file, entry.pid());
    }

    /**
     * The jobs whose process is alive, by name. What a process that has ended left behind is removed; what is no entry
     * is left alone, with a warning that names the file.
     *
     * @throws IOException if the directory belongs to somebody else or cannot be read
     */
    public List<JobEntry> list() throws IOException {
        List<JobEntry> entries = new ArrayList<>();
        if (directory.exists()) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(
                    directory(), file -> file.getFileName().toString().endsWith(SUFFIX))) {
                for (Path file : files) {
                    readLive(file).ifPresent(entries::add);
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }
        entries.sort(Comparator.comparing(JobEntry::job));
        return List.copyOf(entries);
    }

    /**
     * The job of that name, if its process is alive. Files are treated as by {@link #list()}.
     *
     * @throws IllegalArgumentException if no job can be called so
     * @throws IOException if the directory belongs to somebody else
     */
    public Optional<JobEntry> find(String job) throws IOException {
        Path file = file(job);
        return directory.exists() ? readLive(file) : Optional.empty();
    }

    /**
     * Where a coordinator's Unix socket for the step service goes: beside the entries, unique to the coordinator's
     * process. The directory is made; the socket is the caller's to bind and to delete.
     *
     * @throws IllegalArgumentException if the path would be longer than the 107 bytes that a socket's path can have, or
     *     no job can be called so
     * @throws IOException if the directory belongs to somebody else or cannot be made
     */
    public Path socketPath(String job, long coordinatorId) throws IOException {
        String name = JobEntry.requireJob(job) + "-" + HexFormat.of().toHexDigits(coordinatorId) + ".sock";
        Path socket = directory().toAbsolutePath().resolve(name);
        int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > LONGEST_SOCKET_PATH_BYTES) {
            throw new IllegalArgumentException("step socket '" + socket + "': the path has " + bytes
                    + " bytes, a Unix socket's has at most " + LONGEST_SOCKET_PATH_BYTES
                    + ": a shorter job directory or job name is needed");
        }
        directory.create();
        return socket;
    }

    private Path file(String job) {
        return directory().resolve(JobEntry.requireJob(job) + SUFFIX);
    }

    private void write(Path file, JobEntry entry) throws IOException {
        Path unfinished = Files.createTempFile(directory(), "entry-", ".tmp");
        try {
            Files.write(unfinished, JSON.writeValueAsBytes(entry));
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static Optional<JobEntry> readLive(Path file) throws IOException {
        Optional<JobEntry> entry = read(file);
        Optional<JobEntry> live = entry.flatMap(found -> found.ifAlive(JobRegistry::isAlive));
        if (entry.isPresent() && live.isEmpty()) {
            Files.deleteIfExists(file);
        }
        return live;
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private static Optional<JobEntry> read(Path file) {
        try {
            return Optional.of(parse(file));
        } catch (NoSuchFileException e) {
            // Its job ended meanwhile.
            return Optional.empty();
        } catch (JsonProcessingException e) {
            return leftOut(file, e.getOriginalMessage());
        } catch (IOException e) {
            return leftOut(file, e.toString());
        }
    }

    private static Optional<JobEntry> leftOut(Path file, String why) {
        LOG.warn("{} is no entry of a job and is left out: {}", file, why);
        return Optional.empty();
    }

    private static JobEntry parse(Path file) throws IOException {
        JobEntry entry = JSON.readValue(Files.readAllBytes(file), JobEntry.class);
        if (entry == null) {
            throw new IOException("it holds null");
        }
        if (!file.endsWith(entry.job() + SUFFIX)) {
            throw new IOException("it is about job '" + entry.job() + "'");
        }
        return entry;
    }

    /** A job's entry while its process lives. Thread-safe. */
    public static final class Registration implements AutoCloseable {
        private final Path file;
        private final long pid;

        private Registration(Path file, long pid) {
            this.file = file;
            this.pid = pid;
        }

        /** The entry's file. */
        public Path file() {
            return file;
        }

        /**
         * Removes the entry, unless it is another process's by now. Closing again changes nothing.
         *
         * @throws IOException if the file is there and cannot be removed
         */
        @Override
        public void close() throws IOException {
            if (read(file).filter(entry -> entry.pid() == pid).isPresent()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
