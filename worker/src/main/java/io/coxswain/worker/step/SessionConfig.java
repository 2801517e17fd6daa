package io.coxswain.worker.step;

import io.coxswain.v1.Hello;
import java.time.Duration;

/**
 * Where to join, and as whom. Immutable and thread-safe.
 *
 * @param host the coordinator's host name or address
 * @param port the coordinator's port, 1 to 65535
 * @param hello what the coordinator is told; the promised term and where the member is are filled in
 * @param reattachTimeout how long a member that has lost its coordinator goes on looking for one
 */
public record SessionConfig(String host, int port, Hello hello, Duration reattachTimeout) {
    /**
     * Checks the address.
     *
     * @throws IllegalArgumentException if it cannot be one
     */
    public SessionConfig {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is blank; allowed is a host name or an address");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port is " + port + "; allowed is 1 to 65535");
        }
    }

    /** HOST:PORT. */
    public String address() {
        return host + ":" + port;
    }
}
