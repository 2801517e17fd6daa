package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.TransportException;
import io.coxswain.worker.device.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Collectives over TCP. One listening socket serves all epochs; its backlog bounds how many peers can be early.
 *
 * <p>Several communicators may connect at the same time, each on a thread of its own: each has its own selector on the listening
 * socket and lets in who shows its id; a peer that it accepts and that has come for another is sent away, and dials again. Opened
 * and closed by the forward thread; all other methods may be called by any thread.
 */
public final class TcpCollectiveBackend implements CollectiveBackend {
    /** As many peers as may dial before this rank connects; the system may allow fewer (net.core.somaxconn). */
    private static final int BACKLOG = 1024;

    private final Device device;
    private final TcpConfig config;
    private final LongSupplier nanoTime;
    private final ServerSocketChannel server;
    private final InetSocketAddress localAddress;
    private final SecureRandom random = new SecureRandom();

    private TcpCollectiveBackend(
            Device device,
            TcpConfig config,
            LongSupplier nanoTime,
            ServerSocketChannel server,
            InetSocketAddress localAddress) {
        this.device = device;
        this.config = config;
        this.nanoTime = nanoTime;
        this.server = server;
        this.localAddress = localAddress;
    }

    /**
     * Listens on a free port. {@code device} gives the memory for partial sums and must be one whose buffers the host can
     * address; {@code nanoTime} is a monotonic clock. Throws {@link TransportException} when the address cannot be bound.
     */
    public static TcpCollectiveBackend open(Device device, TcpConfig config, LongSupplier nanoTime) {
        ServerSocketChannel server = null;
        try {
            server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(config.bindAddress(), 0), BACKLOG);
            server.configureBlocking(false);
            InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
            return new TcpCollectiveBackend(device, config, nanoTime, server, address);
        } catch (IOException e) {
            TransportException failure = new TransportException(
                    "cannot listen on " + config.bindAddress().getHostAddress() + ": " + e.getMessage(), e);
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

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    @Override
    public CommunicatorId createId() {
        byte[] bytes = new byte[Handshake.ID_BYTES];
        random.nextBytes(bytes);
        return CommunicatorId.of(bytes);
    }

    @Override
    public Communicator create(GroupSpec group) {
        int idBytes = group.id().toByteArray().length;
        if (idBytes != Handshake.ID_BYTES) {
            throw new IllegalArgumentException(
                    "the communicator id has " + idBytes + " bytes, tcp needs " + Handshake.ID_BYTES);
        }
        for (int rank = 0; rank < group.worldSize(); rank++) {
            if (group.peers().get(rank).isUnresolved()) {
                throw new IllegalArgumentException("the address of rank " + rank + " is not known to the resolver: "
                        + group.peers().get(rank));
            }
        }
        try {
            return new TcpCommunicator(
                    group, config, nanoTime, new TcpCommunicator.Resources(server, Selector.open(), device));
        } catch (IOException e) {
            throw new TransportException("cannot open a selector: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing the listening socket failed", e);
        }
    }
}
