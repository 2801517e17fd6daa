package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.OperationTimeoutException;
import io.coxswain.worker.collective.TransportException;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs one operation over all connections: sends to and receives from all peers at once, so that no order of large transfers
 * can block. Forward thread only.
 */
final class Exchange {
    private final Selector selector;
    private final EpochGate gate;
    private final List<PeerConnection> peers;

    Exchange(Selector selector, EpochGate gate, List<PeerConnection> peers) {
        this.selector = selector;
        this.gate = gate;
        this.peers = peers;
    }

    /** Returns when all that the connections have begun is sent and received. */
    void run(Deadline deadline) {
        for (PeerConnection peer : peers) {
            peer.progress();
        }
        while (!isDone()) {
            long millis = deadline.millisLeft();
            if (millis == 0) {
                throw timeout();
            }
            awaitProgress(millis);
            gate.pass();
        }
        gate.pass();
    }

    private boolean isDone() {
        for (PeerConnection peer : peers) {
            if (!peer.isDone()) {
                return false;
            }
        }
        return true;
    }

    private void awaitProgress(long millis) {
        for (PeerConnection peer : peers) {
            peer.updateInterest();
        }
        try {
            selector.select(millis);
        } catch (IOException e) {
            throw new TransportException("waiting for peers failed: " + e.getMessage(), e);
        }
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.attachment() instanceof PeerConnection peer) {
                peer.progress();
            }
        }
        selector.selectedKeys().clear();
    }

    private OperationTimeoutException timeout() {
        List<Integer> ranks = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (PeerConnection peer : peers) {
            if (!peer.isDone()) {
                ranks.add(peer.rank());
                missing.add(peer.remaining());
            }
        }
        return new OperationTimeoutException(
                ranks, "the operation was not done in time; missing: " + String.join(", ", missing));
    }
}
