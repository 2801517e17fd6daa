package io.coxswain.worker.collective.nccl;

import io.coxswain.worker.collective.PortRange;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * Settings of the NCCL collectives.
 *
 * @param bindAddress where to listen for the roll call of an epoch's ranks; default loopback. Which network NCCL itself uses is set
 *     by its environment variables, and which ports by the system (net.ipv4.ip_local_port_range)
 * @param ports on which ports the roll call is; default: any that is free
 * @param operationDeadline how long all that is launched may take once it is waited for, 1 ms to 1 h; default 60 s. It is the last
 *     resort where nobody aborts
 * @param releaseDeadline how long the device may take to come free after an abort, and NCCL to release a communicator, 1 ms to 1 h;
 *     default 10 s
 */
public record NcclConfig(
        InetAddress bindAddress, PortRange ports, Duration operationDeadline, Duration releaseDeadline) {
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

    /** The roll call on any port. */
    public NcclConfig(InetAddress bindAddress, Duration operationDeadline, Duration releaseDeadline) {
        this(bindAddress, PortRange.ANY, operationDeadline, releaseDeadline);
    }

    /** Loopback, 60 s, 10 s. */
    public static NcclConfig defaults() {
        return new NcclConfig(InetAddress.getLoopbackAddress(), Duration.ofSeconds(60), Duration.ofSeconds(10));
    }
}
