package io.coxswain.coordinator.store;

import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.election.Lease;
import org.jspecify.annotations.Nullable;

/**
 * What the store holds. Immutable.
 *
 * @param lease who leads
 * @param leader the leader's process; null where nobody leads
 * @param highestTerm the highest term that was heard of, the lease's included
 * @param memory what is remembered of the job
 * @param end how the job has ended; null while it has not
 */
public record StoreView(
        Lease lease,
        @Nullable ReplicaProcess leader,
        long highestTerm,
        JobMemory memory,
        @Nullable JobEnd end) {

    /** Of a store in which nothing was written. */
    public static final StoreView EMPTY = new StoreView(Lease.NONE, null, 0, JobMemory.NONE, null);
}
