package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.ConnectTimeoutException;
import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.TransportException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects this rank with all others: dials the lower ranks and lets the higher ones in. Peers that came before this rank was
 * asked to connect wait in the listening socket's backlog. Used by the thread that connects.
 */
final class GroupConnector {
    private static final Logger LOG = LoggerFactory.getLogger(GroupConnector.class);
    /** Connections beyond the group's own that may be half-way in at a time. */
    private static final int MAX_STRANGERS = 64;

    private final GroupSpec group;
    private final Selector selector;
    private final EpochGate gate;
    private final SortedMap<Integer, PeerConnection> peers = new TreeMap<>();
    private final List<Dial> dials;
    private final Set<Guest> guests = new HashSet<>();

    /** What the selector calls when a channel of the connect phase is ready. */
    interface Handler {
        void ready(SelectionKey key) throws IOException;
    }

    GroupConnector(GroupSpec group, Selector selector, EpochGate gate, LongSupplier nanoTime) {
        this.group = group;
        this.selector = selector;
        this.gate = gate;
        this.dials = IntStream.range(0, group.rank())
                .mapToObj(rank -> new Dial(rank, group, selector, nanoTime, this::connected))
                .toList();
    }

    /** Throws {@link IllegalArgumentException} where the resolver does not know a rank's address. */
    static void requireAddresses(GroupSpec group) {
        for (int rank = 0; rank < group.worldSize(); rank++) {
            if (group.peers().get(rank).isUnresolved()) {
                throw new IllegalArgumentException("the address of rank " + rank + " is not known to the resolver: "
                        + group.peers().get(rank));
            }
        }
    }

    /** The connections by rank; whoever owns the selector closes its channels when this throws. */
    List<PeerConnection> connect(ServerSocketChannel server, Deadline deadline) {
        try {
            SelectionKey listening = server.register(selector, SelectionKey.OP_ACCEPT, (Handler) key -> accept(server));
            try {
                connectAll(deadline);
            } finally {
                listening.cancel();
                selector.selectNow();
            }
            dismissStrangers();
        } catch (IOException e) {
            throw new TransportException("connecting epoch " + group.epoch() + " failed: " + e.getMessage(), e);
        }
        return List.copyOf(peers.values());
    }

    private void connectAll(Deadline deadline) throws IOException {
        while (peers.size() < group.worldSize() - 1) {
            gate.pass();
            long millis = deadline.millisLeft();
            if (millis == 0) {
                throw timeout();
            }
            for (Dial dial : dials) {
                millis = dial.attemptWhenDue(millis);
            }
            selector.select(millis);
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isValid() && key.attachment() instanceof Handler handler) {
                    handler.ready(key);
                }
            }
            selector.selectedKeys().clear();
        }
        gate.pass();
    }

    private void accept(ServerSocketChannel server) throws IOException {
        SocketChannel channel = server.accept();
        if (channel == null) {
            return;
        }
        if (guests.size() >= group.worldSize() + MAX_STRANGERS) {
            LOG.warn("epoch {}: too many connections wait to be let in, closed one", group.epoch());
            channel.close();
            return;
        }
        Guest guest = new Guest(this);
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.register(selector, SelectionKey.OP_READ, guest);
            guests.add(guest);
        } catch (IOException e) {
            // It may have been reset already; that is no matter of the group.
            dismiss(guest, channel, e.toString());
        }
    }

    /** What to answer to a hello. */
    Handshake.Verdict judge(ByteBuffer hello) {
        Handshake.Verdict verdict = Handshake.judge(hello, group);
        if (peers.containsKey(verdict.rank())) {
            String reason = "rank " + verdict.rank() + " is connected already";
            return new Handshake.Verdict(Handshake.Status.REFUSED, -1, reason);
        }
        return verdict;
    }

    void admit(Guest guest, PeerConnection peer) {
        guests.remove(guest);
        connected(peer);
    }

    /** Logged for debugging only: a peer of another group dials many times a second, and reports the reason itself. */
    void dismiss(Guest guest, SocketChannel channel, String reason) throws IOException {
        LOG.debug(
                "epoch {}: a connection from {} was not let in: {}", group.epoch(), channel.getRemoteAddress(), reason);
        guests.remove(guest);
        channel.close();
    }

    private void connected(PeerConnection peer) {
        peers.put(peer.rank(), peer);
    }

    private void dismissStrangers() throws IOException {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Guest) {
                key.channel().close();
            }
        }
        guests.clear();
    }

    private ConnectTimeoutException timeout() {
        List<Integer> missing = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (int rank = 0; rank < group.worldSize(); rank++) {
            if (rank != group.rank() && !peers.containsKey(rank)) {
                missing.add(rank);
                String state = rank < group.rank() ? dials.get(rank).state() : "has not dialed";
                texts.add("rank " + rank + " at " + group.peers().get(rank) + " " + state);
            }
        }
        return new ConnectTimeoutException(
                missing,
                "epoch " + group.epoch() + " was not connected within "
                        + group.connectDeadline().toMillis() + " ms: " + String.join("; ", texts));
    }
}
