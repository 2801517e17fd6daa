package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.PortRange;
import io.coxswain.worker.collective.TransportException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Where the higher ranks of all epochs dial; its backlog bounds how many can be early. Thread-safe.
 *
 * @param channel not blocking
 * @param address the true one, with the port that the system has picked
 */
record ListeningSocket(ServerSocketChannel channel, InetSocketAddress address) {
    /** As many peers as may dial before this rank connects; the system may allow fewer (net.core.somaxconn). */
    private static final int BACKLOG = 1024;

    /**
     * Listens on the first free port of a range.
     *
     * @throws TransportException when none can be bound
     */
    static ListeningSocket open(InetAddress bindAddress, PortRange ports) {
        TransportException failure = null;
        for (int port = ports.least(); port <= ports.most(); port++) {
            try {
                return open(bindAddress, port);
            } catch (TransportException taken) {
                failure = taken;
            }
        }
        throw ports.equals(PortRange.ANY) && failure != null
                ? failure
                : new TransportException(
                        "cannot listen on " + bindAddress.getHostAddress() + ", " + ports + ": none can be had",
                        failure);
    }

    private static ListeningSocket open(InetAddress bindAddress, int port) {
        ServerSocketChannel server = null;
        try {
            server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(bindAddress, port), BACKLOG);
            server.configureBlocking(false);
            return new ListeningSocket(server, (InetSocketAddress) server.getLocalAddress());
        } catch (IOException e) {
            TransportException failure = new TransportException(
                    "cannot listen on " + bindAddress.getHostAddress() + ": " + e.getMessage(), e);
            closeQuietly(server, failure);
            throw failure;
        }
    }

    private static void closeQuietly(@Nullable ServerSocketChannel server, Exception failure) {
        if (server != null) {
            try {
                server.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing the listening socket failed", e);
        }
    }
}
