package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.worker.feed.ReplaySpeed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All that a launch is told. Each part refuses what it cannot be with an {@link IllegalArgumentException} that names the
 * flag, the value and what is allowed.
 *
 * @param job the job's name, 1 to 128 characters of [A-Za-z0-9._-]; by default unique to the launch
 * @param nprocPerNode workers on this machine, 1 to 1024; one rank each. Default 1
 * @param report where the report goes as JSON; absent: only to the terminal
 */
public record LaunchConfig(
        String job,
        int nprocPerNode,
        TraceSelection trace,
        Addresses addresses,
        Deadlines deadlines,
        Resilience resilience,
        WorkerSettings worker,
        String coordinatorClasspath,
        @Nullable Path report) {
    private static final Pattern JOB_NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final int MOST_WORKERS = 1024;

    public LaunchConfig {
        if (!JOB_NAME.matcher(job).matches()) {
            throw refused("--job", job, "1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
        }
        if (nprocPerNode < 1 || nprocPerNode > MOST_WORKERS) {
            throw refused("--nproc-per-node", nprocPerNode, "a whole number from 1 to " + MOST_WORKERS);
        }
        if (resilience.minRanks() != null && resilience.minRanks() > nprocPerNode) {
            throw refused(
                    "--min-ranks",
                    resilience.minRanks(),
                    "a whole number from 1 to --nproc-per-node, which is " + nprocPerNode);
        }
        resilience.requireBelow(deadlines);
        if (coordinatorClasspath.isBlank()) {
            throw refused("--coordinator-classpath", coordinatorClasspath, "a Java class path");
        }
    }

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
     * Where the programs listen.
     *
     * @param bind host or address to listen on; default 127.0.0.1
     * @param advertise what the others are told; absent: what is bound
     */
    public record Addresses(String bind, @Nullable String advertise) {
        public static final String LOOPBACK = "127.0.0.1";

        public Addresses {
            checkHost("--bind", bind);
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

    /** What a lost rank means to the job. */
    public enum OnLoss {
        /** It ends. */
        FAIL,
        /** The others wait for its successor. */
        WAIT,
        /** The others go on. */
        SHRINK;

        /** As the flag has it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What becomes of the job when ranks are lost.
     *
     * @param onLoss the policy; default FAIL
     * @param minRanks the fewest ranks to go on with, 1 to nprocPerNode; absent: the coordinator's default
     * @param maxRestarts restarts within the window, 0 to 1,000,000; absent: the coordinator's default
     * @param waits how long the coordinator waits before it judges, by its flags; an absent one leaves it its default
     * @param coordinators replicas of the coordinator, 1, 3 or 5; default 1
     */
    public record Resilience(
            OnLoss onLoss,
            @Nullable Integer minRanks,
            @Nullable Integer maxRestarts,
            Map<CoordinatorWait, Duration> waits,
            int coordinators) {
        private static final int MOST_RESTARTS = 1_000_000;
        private static final Set<Integer> COORDINATORS = Set.of(1, 3, 5);

        /** A job that fails with its first loss. */
        public static final Resilience DEFAULT = new Resilience(OnLoss.FAIL, null, null, Map.of(), 1);

        public Resilience {
            if (minRanks != null && minRanks < 1) {
                throw refused("--min-ranks", minRanks, "a whole number from 1 to --nproc-per-node");
            }
            if (!COORDINATORS.contains(coordinators)) {
                throw refused(
                        "--coordinators",
                        coordinators,
                        "1, 3 or 5: a leader needs more than half of them, so that one more than an odd number"
                                + " survives no more losses");
            }
            if (maxRestarts != null && (maxRestarts < 0 || maxRestarts > MOST_RESTARTS)) {
                throw refused("--max-restarts", maxRestarts, "a whole number from 0 to " + MOST_RESTARTS);
            }
            waits.forEach((wait, value) -> Deadlines.checkRange(wait.flag(), value, Duration.ofMillis(1)));
            waits = Map.copyOf(waits);
            Duration timeout = of(waits, CoordinatorWait.HEARTBEAT_TIMEOUT);
            Duration grace = of(waits, CoordinatorWait.STREAM_GRACE);
            if (timeout.compareTo(threeIntervals(waits)) < 0) {
                throw refused(
                        CoordinatorWait.HEARTBEAT_TIMEOUT.flag(),
                        DurationText.format(timeout),
                        "three times --heartbeat-interval at least, which is "
                                + DurationText.format(threeIntervals(waits)));
            }
            if (grace.compareTo(timeout) >= 0) {
                throw refused(
                        CoordinatorWait.STREAM_GRACE.flag(),
                        DurationText.format(grace),
                        "less than --heartbeat-timeout, which is " + DurationText.format(timeout));
            }
        }

        /** The coordinator refuses the same, but only after it was started. */
        private void requireBelow(Deadlines deadlines) {
            if (threeIntervals(waits).compareTo(deadlines.step()) > 0) {
                throw refused(
                        CoordinatorWait.HEARTBEAT_INTERVAL.flag(),
                        DurationText.format(of(waits, CoordinatorWait.HEARTBEAT_INTERVAL)),
                        "a third of --step-timeout at most, which is " + DurationText.format(deadlines.step()));
            }
        }

        private static Duration threeIntervals(Map<CoordinatorWait, Duration> waits) {
            return of(waits, CoordinatorWait.HEARTBEAT_INTERVAL).multipliedBy(3);
        }

        private static Duration of(Map<CoordinatorWait, Duration> waits, CoordinatorWait wait) {
            return waits.getOrDefault(wait, wait.standard);
        }
    }

    /** What goes to the coordinator as it is; the README and its --help say what each is for. */
    public enum CoordinatorWait {
        WAIT_TIMEOUT("--wait-timeout", Duration.ofMinutes(2), "For a lost rank's successor"),
        RESTART_WINDOW("--restart-window", Duration.ofMinutes(10), "Length of the sliding window of --max-restarts"),
        HEARTBEAT_INTERVAL(
                "--heartbeat-interval",
                Duration.ofMillis(500),
                "Between two heartbeats; a third of --step-timeout at most"),
        HEARTBEAT_TIMEOUT(
                "--heartbeat-timeout",
                Duration.ofSeconds(5),
                "Silence after which a rank is lost; three intervals at least"),
        STREAM_GRACE("--stream-grace", Duration.ofMillis(200), "For a closed control stream to be opened again"),
        REATTACH_TIMEOUT(
                "--reattach-timeout",
                Duration.ofSeconds(30),
                "For the ranks to find the next of several coordinators, before they give up their epoch");

        private final String flag;
        private final Duration standard;
        private final String description;

        /** @param standard the coordinator's own default, by which flags that are given are judged */
        CoordinatorWait(String flag, Duration standard, String description) {
            this.flag = flag;
            this.standard = standard;
            this.description = description;
        }

        public String flag() {
            return flag;
        }

        String description() {
            return description + " (" + DurationText.format(standard) + ").";
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
     */
    public record WorkerSettings(
            Verification verification,
            List<String> javaOptions,
            Map<WorkerOption, String> options,
            @Nullable Path stepLog) {
        public WorkerSettings {
            options.forEach((option, value) -> option.rule().check(option.flag(), value));
            javaOptions = List.copyOf(javaOptions);
            Map<WorkerOption, String> copy = new EnumMap<>(WorkerOption.class);
            copy.putAll(options);
            options = Collections.unmodifiableMap(copy);
        }
    }

    private static IllegalArgumentException refused(String flag, Object value, String allowed) {
        return new IllegalArgumentException(flag + ": '" + value + "' is refused; allowed is " + allowed);
    }
}
