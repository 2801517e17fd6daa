package io.coxswain.sim;

import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.Lease;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The store as some replicas see it: the lease, on a replica that owns it until it ends. There are two in a split. */
final class StoreCopy {

    /** So much of the past may come back. */
    private static final int MOST_PAST = 40;

    final List<SimReplica> members = new ArrayList<>();
    /** Who carries out what the others ask for; null while they have not noticed that it is gone. */
    @Nullable
    SimReplica owner;

    private final List<Lease> past = new ArrayList<>();
    private Lease lease = Lease.NONE;
    /** When its holder took or renewed it. */
    private long writtenNanos;

    Lease lease() {
        return lease;
    }

    long writtenNanos() {
        return writtenNanos;
    }

    Outcome swap(Lease expected, Lease next, long nowNanos) {
        if (!lease.equals(expected)) {
            return Outcome.LOST;
        }
        put(next, nowNanos);
        return Outcome.WRITTEN;
    }

    private void put(Lease next, long nowNanos) {
        if (lease.term() != next.term() || past.isEmpty()) {
            past.add(lease);
        }
        if (past.size() > MOST_PAST) {
            past.remove(0);
        }
        lease = next;
        writtenNanos = nowNanos;
    }

    /** The last so many terms were never written here: what comes back was written long ago. */
    void forgetTerms(int terms) {
        for (int term = 0; term < terms && !past.isEmpty(); term++) {
            lease = past.remove(past.size() - 1);
            writtenNanos = 0;
        }
    }

    void forgetAll() {
        past.clear();
        lease = Lease.NONE;
        writtenNanos = 0;
    }

    /** What another copy says, with its past. */
    void copy(StoreCopy other) {
        past.clear();
        past.addAll(other.past);
        lease = other.lease;
        writtenNanos = other.writtenNanos;
    }
}
