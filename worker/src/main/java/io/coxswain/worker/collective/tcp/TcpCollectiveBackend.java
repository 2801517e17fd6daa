package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.TransportException;
import io.coxswain.worker.device.Device;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.function.LongSupplier;

/**
 * Collectives over TCP. One listening socket serves all epochs; its backlog bounds how many peers can be early.
 *
 * <p>Several communicators may connect at the same time, each on a thread of its own: each has its own selector on the listening
 * socket and lets in who shows its id; a peer that it accepts and that has come for another is sent away, and dials again. Opened
 * and closed by the forward thread; all other methods may be called by any thread.
 */
public final class TcpCollectiveBackend implements CollectiveBackend {
    private final Device device;
    private final TcpConfig config;
    private final LongSupplier nanoTime;
    private final ListeningSocket server;
    private final SecureRandom random = new SecureRandom();

    private TcpCollectiveBackend(Device device, TcpConfig config, LongSupplier nanoTime, ListeningSocket server) {
        this.device = device;
        this.config = config;
        this.nanoTime = nanoTime;
        this.server = server;
    }

    /**
     * Listens on a port that the settings allow. {@code device} gives the memory for partial sums and must be one whose buffers the host can
     * address; {@code nanoTime} is a monotonic clock. Throws {@link TransportException} when none can be bound.
     */
    public static TcpCollectiveBackend open(Device device, TcpConfig config, LongSupplier nanoTime) {
        return new TcpCollectiveBackend(
                device, config, nanoTime, ListeningSocket.open(config.bindAddress(), config.ports()));
    }

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public InetSocketAddress localAddress() {
        return server.address();
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
        GroupConnector.requireAddresses(group);
        try {
            return new TcpCommunicator(
                    group, config, nanoTime, new TcpCommunicator.Resources(server.channel(), Selector.open(), device));
        } catch (IOException e) {
            throw new TransportException("cannot open a selector: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
