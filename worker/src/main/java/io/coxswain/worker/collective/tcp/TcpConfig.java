package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.PortRange;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;

/**
 * Settings of the TCP collectives.
 *
 * @param bindAddress where to listen for peers; default loopback
 * @param ports on which of its ports; default: any that is free
 * @param operationDeadline how long one operation may take, 1 ms to 1 h; default 60 s. It is the last resort where nobody aborts
 */
public record TcpConfig(InetAddress bindAddress, PortRange ports, Duration operationDeadline) {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    /** Throws {@link IllegalArgumentException} for a value out of range. */
    public TcpConfig {
        Objects.requireNonNull(bindAddress, "bindAddress");
        if (operationDeadline.compareTo(SHORTEST) < 0 || operationDeadline.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "operationDeadline is " + operationDeadline + ", allowed are " + SHORTEST + " to " + LONGEST);
        }
    }

    /** On any port. */
    public TcpConfig(InetAddress bindAddress, Duration operationDeadline) {
        this(bindAddress, PortRange.ANY, operationDeadline);
    }

    /** Loopback, 60 s. */
    public static TcpConfig defaults() {
        return new TcpConfig(InetAddress.getLoopbackAddress(), Duration.ofSeconds(60));
    }
}
