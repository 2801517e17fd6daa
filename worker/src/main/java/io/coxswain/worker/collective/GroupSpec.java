package io.coxswain.worker.collective;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The group that a communicator connects.
 *
 * @param epoch the epoch as logs and errors show it
 * @param id made by rank 0 with {@link CollectiveBackend#createId()}, the same on all ranks
 * @param rank this process's rank, 0 to world size - 1
 * @param peers the address of every rank, in the order of the ranks, this one included
 * @param connectDeadline how long {@link Communicator#connect()} may take, above zero
 */
public record GroupSpec(
        String epoch, CommunicatorId id, int rank, List<InetSocketAddress> peers, Duration connectDeadline) {

    /** Throws {@link IllegalArgumentException} where rank, peers and deadline make no group. */
    public GroupSpec {
        Objects.requireNonNull(epoch, "epoch");
        Objects.requireNonNull(id, "id");
        peers = List.copyOf(peers);
        if (peers.isEmpty()) {
            throw new IllegalArgumentException("peers of epoch " + epoch + " is empty, one rank at least is needed");
        }
        if (rank < 0 || rank >= peers.size()) {
            throw new IllegalArgumentException("rank is " + rank + ", allowed are 0 to " + (peers.size() - 1));
        }
        if (connectDeadline.isNegative() || connectDeadline.isZero()) {
            throw new IllegalArgumentException("connectDeadline is " + connectDeadline + ", it must be above zero");
        }
    }

    /** Number of ranks. */
    public int worldSize() {
        return peers.size();
    }
}
