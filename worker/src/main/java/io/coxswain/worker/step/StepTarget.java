package io.coxswain.worker.step;

import io.coxswain.worker.net.Transports;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the coordinator serves the step stream. Immutable and thread-safe.
 *
 * @param address a Unix socket's path or a resolved TCP address
 */
public record StepTarget(SocketAddress address) {
    /**
     * The Unix socket where the coordinator named one, this host sees it and epoll is there, else TCP.
     *
     * @param socketPath as in Welcome; empty: none
     * @param host the coordinator's host name or address; looked up here, which may block
     * @param port the coordinator's port
     */
    public static StepTarget choose(String socketPath, String host, int port) {
        boolean local =
                !socketPath.isEmpty() && Transports.best() == Transports.EPOLL && Files.exists(Path.of(socketPath));
        return new StepTarget(local ? new DomainSocketAddress(socketPath) : new InetSocketAddress(host, port));
    }

    /** Whether it is a Unix socket. */
    public boolean isUnixSocket() {
        return address instanceof DomainSocketAddress;
    }

    @Override
    public String toString() {
        return address instanceof DomainSocketAddress unix ? "unix:" + unix.path() : address.toString();
    }
}
