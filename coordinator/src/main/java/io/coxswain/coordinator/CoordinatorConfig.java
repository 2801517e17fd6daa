package io.coxswain.coordinator;

import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.OnLoss;
import io.coxswain.types.DurationText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * All that a coordinator can be told. Immutable; refuses what is out of range by name.
 *
 * @param job the job's name: 1 to 128 of letters, digits, dot, dash and underscore
 * @param worldSize ranks of the job, 1 to 65536
 * @param listen where it serves
 * @param waits how long it waits for what
 * @param resilience what becomes of the job when ranks are lost
 * @param replication which other coordinators may take over
 * @param jobDirectory where the jobs of this machine are listed
 * @param linger how long it still answers after the job's end
 */
public record CoordinatorConfig(
        String job,
        int worldSize,
        Listen listen,
        Waits waits,
        Resilience resilience,
        Replication replication,
        Path jobDirectory,
        Duration linger) {

    /** The job's name where none is given. */
    public static final String DEFAULT_JOB = "coxswain";

    private static final Pattern JOB_NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final int MAX_WORLD_SIZE = 65_536;
    private static final int MAX_PORT = 65_535;

    /** Refuses values out of range. */
    public CoordinatorConfig {
        if (!JOB_NAME.matcher(job).matches()) {
            throw refused("job", job, "1 to 128 letters, digits, dots, dashes and underscores");
        }
        if (worldSize < 1 || worldSize > MAX_WORLD_SIZE) {
            throw refused("world-size", worldSize, "1 to " + MAX_WORLD_SIZE);
        }
        notNegative("linger", linger);
        if (resilience.minRanks() > worldSize) {
            throw refused("min-ranks", resilience.minRanks(), "1 to world-size, which is " + worldSize);
        }
    }

    /**
     * What becomes of the job when ranks are lost.
     *
     * @param onLoss the policy; default FAIL
     * @param minRanks the fewest ranks it goes on with, 1 to the world size; default 1 with SHRINK, else the world size
     * @param maxRestarts restarts of workers within the window, all places together, 0 to 1,000,000; default 0 with FAIL,
     *     else 10
     * @param restartWindow length of the sliding window, above zero; default 10 minutes
     * @param maxFruitlessRestarts restarts of one place in a row without a decided step in between, 1 to 1,000; default 3
     */
    public record Resilience(
            OnLoss onLoss, int minRanks, int maxRestarts, Duration restartWindow, int maxFruitlessRestarts) {

        static final int DEFAULT_MAX_RESTARTS = 10;
        static final Duration DEFAULT_RESTART_WINDOW = Duration.ofMinutes(10);
        static final int DEFAULT_MAX_FRUITLESS_RESTARTS = 3;
        private static final int MOST_RESTARTS = 1_000_000;
        private static final int MOST_FRUITLESS_RESTARTS = 1_000;

        /** Refuses values out of range. */
        public Resilience {
            inRange("min-ranks", minRanks, 1, MAX_WORLD_SIZE);
            inRange("max-restarts", maxRestarts, 0, MOST_RESTARTS);
            positive("restart-window", restartWindow);
            inRange("max-fruitless-restarts", maxFruitlessRestarts, 1, MOST_FRUITLESS_RESTARTS);
        }

        /** What a policy brings along where nothing else is said. */
        static Resilience defaults(OnLoss onLoss, int worldSize) {
            int all = Math.max(1, Math.min(worldSize, MAX_WORLD_SIZE));
            int minRanks = onLoss == OnLoss.SHRINK ? 1 : all;
            int restarts = onLoss == OnLoss.FAIL ? 0 : DEFAULT_MAX_RESTARTS;
            return new Resilience(onLoss, minRanks, restarts, DEFAULT_RESTART_WINDOW, DEFAULT_MAX_FRUITLESS_RESTARTS);
        }

        /** Where one coordinator is all there is, no quorum is needed. */
        GroupConfig.Resilience toResilience(GroupConfig.Coordinators coordinators) {
            return new GroupConfig.Resilience(
                    onLoss,
                    minRanks,
                    coordinators,
                    new GroupConfig.RestartLimits(maxRestarts, restartWindow.toNanos(), maxFruitlessRestarts));
        }
    }

    /**
     * Where a coordinator serves.
     *
     * @param bind host to listen on; default 127.0.0.1
     * @param port 0 to 65535; 0, the default, for any that is free
     * @param advertiseAddress host that others use; default: bind
     */
    public record Listen(String bind, int port, String advertiseAddress) {

        /** Refuses values out of range. */
        public Listen {
            if (bind.isBlank()) {
                throw refused("bind", bind, "a host name or an address");
            }
            if (advertiseAddress.isBlank()) {
                throw refused("advertise-address", advertiseAddress, "a host name or an address");
            }
            if (port < 0 || port > MAX_PORT) {
                throw refused("port", port, "0 to " + MAX_PORT);
            }
        }
    }

    /**
     * How long a coordinator waits; each above zero.
     *
     * @param join for all ranks to come; default 300 s
     * @param prepare for all ranks to connect their collectives; default 60 s
     * @param firstStep for the first step of an epoch and for captures; default 60 s
     * @param step from a decision to all reports of the next step; default 10 s
     * @param heartbeatInterval between two heartbeats; default 500 ms
     * @param heartbeatTimeout of silence after which a rank is lost, at least three intervals; default 5 s
     * @param streamGrace for a closed control stream to be opened again, below heartbeatTimeout; default 200 ms
     * @param replacement for a lost rank's next member; default 120 s
     * @param reattach for the members of an inherited epoch to come to a new coordinator, and how long a member without one
     *     stays in its epoch; default 10 s, among replicas {@link #REATTACH_AMONG_REPLICAS}
     */
    public record Waits(
            Duration join,
            Duration prepare,
            Duration firstStep,
            Duration step,
            Duration heartbeatInterval,
            Duration heartbeatTimeout,
            Duration streamGrace,
            Duration replacement,
            Duration reattach) {

        /** What a coordinator waits where it is told nothing. */
        public static final Waits DEFAULTS = new Waits(
                Duration.ofSeconds(300),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                Duration.ofMillis(200),
                Duration.ofSeconds(120),
                Duration.ofSeconds(10));

        /** As long as all replicas need to end, to be started again, and to have a leader. */
        public static final Duration REATTACH_AMONG_REPLICAS = Duration.ofSeconds(30);

        private static final int LEAST_INTERVALS = 3;

        /** Refuses values out of range, and values that make no sense together. */
        public Waits {
            positive("join-timeout", join);
            positive("prepare-timeout", prepare);
            positive("first-step-timeout", firstStep);
            positive("step-timeout", step);
            positive("heartbeat-interval", heartbeatInterval);
            positive("heartbeat-timeout", heartbeatTimeout);
            notNegative("stream-grace", streamGrace);
            positive("wait-timeout", replacement);
            positive("reattach-timeout", reattach);
            below("stream-grace", streamGrace, "heartbeat-timeout", heartbeatTimeout);
            atMost("heartbeat-interval", heartbeatInterval.multipliedBy(LEAST_INTERVALS), "step-timeout", step);
            if (heartbeatTimeout.compareTo(heartbeatInterval.multipliedBy(LEAST_INTERVALS)) < 0) {
                throw refused(
                        "heartbeat-timeout",
                        DurationText.format(heartbeatTimeout),
                        "at least " + LEAST_INTERVALS + " times heartbeat-interval, which is "
                                + DurationText.format(heartbeatInterval));
            }
        }

        /** A closed stream is judged sooner than a silent one. */
        private static void below(String name, Duration value, String bound, Duration most) {
            if (value.compareTo(most) >= 0) {
                throw refused(
                        name,
                        DurationText.format(value),
                        "less than " + bound + ", which is " + DurationText.format(most));
            }
        }

        /** Who is stuck is told from who is silent by three heartbeats. */
        private static void atMost(String name, Duration intervals, String bound, Duration most) {
            if (intervals.compareTo(most) > 0) {
                throw refused(
                        name,
                        DurationText.format(intervals.dividedBy(LEAST_INTERVALS)),
                        "at most a third of " + bound + ", which is " + DurationText.format(most));
            }
        }

        GroupConfig.Timeouts toTimeouts() {
            return new GroupConfig.Timeouts(
                    join.toNanos(),
                    prepare.toNanos(),
                    firstStep.toNanos(),
                    step.toNanos(),
                    heartbeatInterval.toNanos(),
                    heartbeatTimeout.toNanos(),
                    streamGrace.toNanos(),
                    replacement.toNanos(),
                    reattach.toNanos());
        }
    }

    GroupConfig toGroupConfig() {
        return new GroupConfig(job, worldSize, waits.toTimeouts(), resilience.toResilience(replication.coordinators()));
    }

    private static void inRange(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw refused(name, value, least + " to " + most);
        }
    }

    private static void positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw refused(name, DurationText.format(value), "more than 0");
        }
    }

    private static void notNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw refused(name, DurationText.format(value), "0 or more");
        }
    }

    private static IllegalArgumentException refused(String name, Object value, String allowed) {
        return new IllegalArgumentException("--" + name + " is " + value + "; allowed is " + allowed);
    }
}
