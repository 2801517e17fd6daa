package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.PortRange;
import io.coxswain.worker.collective.TransportException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Selector;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Where this rank takes part in the roll calls of its groups, of several at a time: one listening socket. Thread-safe. */
public final class RollCallHost implements AutoCloseable {
    private final ListeningSocket server;

    private RollCallHost(ListeningSocket server) {
        this.server = server;
    }

    /** Listens on a free port. Throws {@link TransportException} when the address cannot be bound. */
    public static RollCallHost open(InetAddress bindAddress) {
        return open(bindAddress, PortRange.ANY);
    }

    /** Listens on a free port of a range. Throws {@link TransportException} when there is none. */
    public static RollCallHost open(InetAddress bindAddress, PortRange ports) {
        return new RollCallHost(ListeningSocket.open(bindAddress, ports));
    }

    /** Where the peers reach it. */
    public InetSocketAddress localAddress() {
        return server.address();
    }

    /**
     * A roll call of the group, whose communicator id may be of any kind. Does not block.
     *
     * @throws IllegalArgumentException if the resolver does not know a rank's address
     */
    public RollCall rollCall(GroupSpec group, EpochGate gate) {
        GroupConnector.requireAddresses(group);
        try {
            return new RollCall(RollCall.named(group, shortId(group.id())), gate, server.channel(), Selector.open());
        } catch (IOException e) {
            throw new TransportException("cannot open a selector: " + e.getMessage(), e);
        }
    }

    private static CommunicatorId shortId(CommunicatorId id) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(id.toByteArray());
            return CommunicatorId.of(Arrays.copyOf(digest, Handshake.ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
