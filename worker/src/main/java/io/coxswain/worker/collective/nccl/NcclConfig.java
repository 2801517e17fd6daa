package io.coxswain.worker.collective.nccl;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * Settings of the NCCL collectives.
 *
 * @param bindAddress where to listen for the roll call of an epoch's ranks, on a free port that the system picks; default loopback.
 *     Which network NCCL itself uses is set by its environment variables
 * @param operationDeadline how long all that is launched may take once it is waited for, 1 ms to 1 h; default 60 s. It is the last
 *     resort where nobody aborts
 * @param releaseDeadline how long the device may take to come free after an abort, and NCCL to release a communicator, 1 ms to 1 h;
 *     default 10 s
 */
public record NcclConfig(InetAddress bindAddress, Duration operationDeadline, Duration releaseDeadline) {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    /** Throws {@link IllegalArgumentException} for a value out of range. */
    public NcclConfig {
        Objects.requireNonNull(bindAddress, "bindAddress");
        requireRange("operationDeadline", operationDeadline);
        requireRange("releaseDeadline", releaseDeadline);
    }

    private static void requireRange(String name, Duration value) {
        if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", allowed are " + SHORTEST + " to " + LONGEST);
        }
    }

    /** Loopback, 60 s, 10 s. */
    public static NcclConfig defaults() {
        return new NcclConfig(InetAddress.getLoopbackAddress(), Duration.ofSeconds(60), Duration.ofSeconds(10));
    }
}
