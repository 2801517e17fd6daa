package io.coxswain.coordinator;

import io.coxswain.coordinator.core.GroupConfig;
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
 * @param jobDirectory where the jobs of this machine are listed
 * @param linger how long it still answers after the job's end
 */
public record CoordinatorConfig(
        String job, int worldSize, Listen listen, Waits waits, Path jobDirectory, Duration linger) {

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
     * @param streamGrace for a closed control stream to be opened again; default 200 ms
     */
    public record Waits(
            Duration join,
            Duration prepare,
            Duration firstStep,
            Duration step,
            Duration heartbeatInterval,
            Duration heartbeatTimeout,
            Duration streamGrace) {

        /** What a coordinator waits where it is told nothing. */
        public static final Waits DEFAULTS = new Waits(
                Duration.ofSeconds(300),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                Duration.ofMillis(200));

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
            if (heartbeatTimeout.compareTo(heartbeatInterval.multipliedBy(LEAST_INTERVALS)) < 0) {
                throw refused(
                        "heartbeat-timeout",
                        DurationText.format(heartbeatTimeout),
                        "at least " + LEAST_INTERVALS + " times heartbeat-interval, which is "
                                + DurationText.format(heartbeatInterval));
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
                    streamGrace.toNanos());
        }
    }

    GroupConfig toGroupConfig() {
        return new GroupConfig(job, worldSize, waits.toTimeouts());
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
