package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.worker.feed.ReplaySpeed;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All that a launch is told. Each part refuses what it cannot be with an {@link IllegalArgumentException} that names the
 * flag, the value and what is allowed.
 *
 * @param nodes on how many hosts it runs, and this one's part
 * @param output what becomes of what it says
 */
public record LaunchConfig(
        Job identity,
        NodeSettings nodes,
        TraceSelection trace,
        Deadlines deadlines,
        Resilience resilience,
        WorkerSettings worker,
        String coordinatorClasspath,
        Output output) {
    private static final Pattern JOB_NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    public LaunchConfig {
        if (nodes.isSingle()) {
            resilience.requireRanks(nodes.localWorkers());
        }
        resilience.requireBelow(deadlines);
        if (coordinatorClasspath.isBlank()) {
            throw refused("--coordinator-classpath", coordinatorClasspath, "a Java class path");
        }
    }

    /** What stands for a configuration that was refused, to find the next mistake. */
    static LaunchConfig minimal() {
        return new LaunchConfig(
                new Job(uniqueJob(), false),
                NodeSettings.ONE,
                TraceSelection.DEFAULT,
                Deadlines.DEFAULT,
                Resilience.DEFAULT,
                WorkerSettings.DEFAULT,
                "-",
                new Output(LogSettings.NONE, null));
    }

    static String uniqueJob() {
        return String.format(
                Locale.ROOT, "job-%d-%04x", ProcessHandle.current().pid(), new SecureRandom().nextInt(1 << 16));
    }

    /** The job's name. */
    String job() {
        return identity.name();
    }

    /** Whether the ranks check their rows. */
    Verification verification() {
        return worker.verification();
    }

    /** The same for a job of another name. */
    LaunchConfig named(String name) {
        return new LaunchConfig(
                new Job(name, true), nodes, trace, deadlines, resilience, worker, coordinatorClasspath, output);
    }

    /**
     * What the job is called.
     *
     * @param name 1 to 128 characters of [A-Za-z0-9._-]; by default unique to the launch
     * @param given whether the user has named it
     */
    public record Job(String name, boolean given) {
        public Job {
            if (!JOB_NAME.matcher(name).matches()) {
                throw refused("--rdzv-id (--job)", name, "1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
            }
        }
    }

    /**
     * What becomes of what the launch says.
     *
     * @param logs where the workers' output goes
     * @param report where the report goes as JSON; null: only to the terminal
     */
    public record Output(LogSettings logs, @Nullable Path report) {}

    /**
     * Which requests are replayed, and how fast.
     *
     * @param file a trace in the form TIMESTAMP,ContextTokens,GeneratedTokens; absent: the built-in one
     * @param maxRequests only the first so many, at least 1; absent: all
     * @param speed factor on the trace's own pace, 0.001 to 1,000,000; absent: as fast as the ranks can
     */
    public record TraceSelection(
            @Nullable Path file,
            @Nullable Integer maxRequests,
            @Nullable Double speed) {
        public static final TraceSelection DEFAULT = new TraceSelection(null, null, null);

        public TraceSelection {
            if (maxRequests != null && maxRequests < 1) {
                throw refused("--max-requests", maxRequests, "a whole number from 1");
            }
            if (speed != null && !(speed >= ReplaySpeed.MIN && speed <= ReplaySpeed.MAX)) {
                throw refused("--speed", speed, "a factor from 0.001 to 1000000");
            }
        }
    }

    /**
     * Where the programs listen, as far as it was said.
     *
     * @param bind host or address to listen on; null: 127.0.0.1, or with several nodes what is advertised
     * @param advertise what the others are told; null: what is bound, or with several nodes the address of the route to the
     *     rendezvous
     * @param healthPort where this node answers for the health of its workers, whose own are on the ports after it; 1 to 65535
     *     less the workers; null: nowhere
     */
    public record Addresses(
            @Nullable String bind,
            @Nullable String advertise,
            @Nullable Integer healthPort) {
        public static final String LOOPBACK = "127.0.0.1";
        public static final Addresses NONE = new Addresses(null, null, null);

        public Addresses {
            if (bind != null) {
                checkHost("--bind", bind);
            }
            if (advertise != null) {
                checkHost("--advertise-address", advertise);
            }
        }

        private static void checkHost(String flag, String host) {
            if (host.isBlank() || host.chars().anyMatch(Character::isWhitespace)) {
                throw refused(flag, host, "a host name or an address");
            }
        }
    }

    /**
     * How long things may take.
     *
     * @param step longest time from a decision until all ranks have reported the next step; 1ms to 24h, default 10s
     * @param join longest time until all ranks have joined; 1ms to 24h, default 300s
     * @param termGrace time from TERM to KILL for a worker when the launch is interrupted; 0s to 24h, default 5s
     */
    public record Deadlines(Duration step, Duration join, Duration termGrace) {
        private static final Duration LONGEST = Duration.ofHours(24);

        /** Below the longest duration, which its making is checked against. */
        public static final Deadlines DEFAULT =
                new Deadlines(Duration.ofSeconds(10), Duration.ofSeconds(300), Duration.ofSeconds(5));

        public Deadlines {
            checkRange("--step-timeout", step, Duration.ofMillis(1));
            checkRange("--join-timeout", join, Duration.ofMillis(1));
            checkRange("--term-grace", termGrace, Duration.ZERO);
        }

        static void checkRange(String flag, Duration value, Duration least) {
            if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
                throw refused(
                        flag, DurationText.format(value), "a duration from " + DurationText.format(least) + " to 24h");
            }
        }
    }

    /** Whether the ranks check their rows against the unsharded reference. */
    public enum Verification {
        NONE,
        EVERY_ROW
    }

    /**
     * What goes to each worker as it is.
     *
     * @param javaOptions added after the launcher's own JVM options, so that they win
     * @param options by flag; an absent one leaves the worker its default
     * @param stepLog directory for the logs of executed steps; absent: none are written
     * @param custom the user's own worker; absent: Coxswain's
     */
    public record WorkerSettings(
            Verification verification,
            List<String> javaOptions,
            Map<WorkerOption, String> options,
            @Nullable Path stepLog,
            @Nullable CustomWorker custom) {
        public static final WorkerSettings DEFAULT =
                new WorkerSettings(Verification.NONE, List.of(), Map.of(), null, null);

        public WorkerSettings {
            options.forEach((option, value) -> option.rule().check(option.flag(), value));
            javaOptions = List.copyOf(javaOptions);
            Map<WorkerOption, String> copy = new EnumMap<>(WorkerOption.class);
            copy.putAll(options);
            options = Collections.unmodifiableMap(copy);
        }
    }

    static IllegalArgumentException refused(String flag, Object value, String allowed) {
        return new IllegalArgumentException(flag + ": '" + value + "' is refused; allowed is " + allowed);
    }
}
