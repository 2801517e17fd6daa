package io.coxswain.worker.collective.tcp;

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

    /** Listens on a free port. Throws {@link TransportException} when the address cannot be bound. */
    static ListeningSocket open(InetAddress bindAddress) {
        ServerSocketChannel server = null;
        try {
            server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(bindAddress, 0), BACKLOG);
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
