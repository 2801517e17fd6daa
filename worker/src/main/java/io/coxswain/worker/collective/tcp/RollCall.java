package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.ConnectTimeoutException;
import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.OperationTimeoutException;
import io.coxswain.worker.collective.PeerLostException;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The ranks of a group meet before they enter something that has no deadline and does not say who is missing in it, and tell each
 * other when they are through: {@link #meet}, {@link #check} meanwhile, {@link #concludeReady}, {@link #close}. A rank that closes
 * without having been ready is lost to the others.
 *
 * <p>Used by the thread that connects; {@link #wakeUp} by any. Every method that waits ends with {@link
 * io.coxswain.worker.collective.CollectiveAbortedException} when the gate closes and it is woken up.
 */
public final class RollCall implements AutoCloseable {
    private final GroupSpec group;
    private final EpochGate gate;
    private final ServerSocketChannel server;
    private final Selector selector;
    private List<PeerConnection> peers = List.of();

    RollCall(GroupSpec group, EpochGate gate, ServerSocketChannel server, Selector selector) {
        this.group = group;
        this.gate = gate;
        this.server = server;
        this.selector = selector;
    }

    /**
     * Blocks until all ranks have come.
     *
     * @throws ConnectTimeoutException at the deadline, with the ranks that are missing
     * @throws io.coxswain.worker.collective.CollectiveException if a peer is lost or refuses, or this side has no sockets
     */
    public void meet(Deadline deadline, LongSupplier nanoTime) {
        gate.pass();
        if (group.worldSize() > 1) {
            peers = new GroupConnector(group, selector, gate, nanoTime).connect(server, deadline);
            peers.forEach(PeerConnection::expectReady);
        }
    }

    /** Throws {@link PeerLostException} where a rank has left that was not ready. Does not block. */
    public void check() {
        for (PeerConnection peer : peers) {
            peer.progress();
        }
    }

    /**
     * Tells the others that this rank is ready, and blocks until all are.
     *
     * @throws ConnectTimeoutException at the deadline, with the ranks that are not ready
     * @throws PeerLostException if a rank leaves that was not
     */
    public void concludeReady(Deadline deadline) {
        peers.forEach(PeerConnection::sayReady);
        try {
            new Exchange(selector, gate, peers).run(deadline);
        } catch (OperationTimeoutException late) {
            throw notReady(late.pendingRanks());
        }
    }

    /** The error for a deadline that passed while this rank itself was not ready. */
    public ConnectTimeoutException notReady() {
        return notReady(peers.stream()
                .filter(peer -> !peer.isDone())
                .map(PeerConnection::rank)
                .toList());
    }

    private ConnectTimeoutException notReady(List<Integer> ranks) {
        String names = ranks.stream()
                .map(rank -> "rank " + rank + " at " + group.peers().get(rank))
                .collect(Collectors.joining("; "));
        return new ConnectTimeoutException(
                ranks,
                "epoch " + group.epoch() + " was not connected within "
                        + group.connectDeadline().toMillis() + " ms; all ranks have come, but are not ready: "
                        + (names.isEmpty() ? "rank " + group.rank() + " itself" : names));
    }

    /** Makes a method that waits look at the gate. Any thread, also after {@link #close}. */
    public void wakeUp() {
        selector.wakeup();
    }

    /** Leaves the others; idempotent. */
    @Override
    public void close() {
        Connections.close(selector, "roll call of epoch " + group.epoch());
    }

    /** The group as a roll call shows it: the handshake's ids are short, and those of other backends need not be. */
    static GroupSpec named(GroupSpec group, CommunicatorId shortId) {
        return new GroupSpec(group.epoch(), shortId, group.rank(), group.peers(), group.connectDeadline());
    }
}
