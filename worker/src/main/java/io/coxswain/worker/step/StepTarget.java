package io.coxswain.worker.step;

import io.coxswain.worker.net.Transports;
import io.netty.channel.unix.DomainSocketAddress;
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
     * @param peer the coordinator's end of the control stream that the Welcome came on: with several replicas nothing else says
     *     which of them it was
     */
    public static StepTarget choose(String socketPath, SocketAddress peer) {
        boolean local =
                !socketPath.isEmpty() && Transports.best() == Transports.EPOLL && Files.exists(Path.of(socketPath));
        return new StepTarget(local ? new DomainSocketAddress(socketPath) : peer);
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
