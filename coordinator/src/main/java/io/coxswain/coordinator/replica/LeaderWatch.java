package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.election.Lease;
import io.coxswain.coordinator.store.ReplicaProcess;
import io.coxswain.coordinator.store.StoreView;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Keeps a connection to whoever leads: that it broke is known before Hazelcast knows it. Owned by the event loop. */
final class LeaderWatch {

    private final long self;
    private final LeaderLine line;
    private final LongConsumer onGone;
    private long watched = Lease.NOBODY;
    private LeaderLine.@Nullable Line open;

    LeaderWatch(long self, LeaderLine line, LongConsumer onGone) {
        this.self = self;
        this.line = line;
        this.onGone = onGone;
    }

    void saw(StoreView view) {
        long holder = view.lease().holder();
        if (holder == watched) {
            return;
        }
        close();
        watched = holder;
        ReplicaProcess leader = view.leader();
        if (holder != self && leader != null) {
            open = line.open(leader.address(), () -> onGone.accept(holder));
        }
    }

    void close() {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
