package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.election.ElectionState;
import io.coxswain.coordinator.store.Replicas;
import io.coxswain.coordinator.store.StoreView;

/**
 * What a replica knows of the job without leading it. Immutable.
 *
 * @param election its part in the election
 * @param store what the store held
 * @param readNanos when that was read, by the process's monotonic clock; the replica's start before the first time
 * @param replicas who sees each other
 */
public record ReplicaView(ElectionState election, StoreView store, long readNanos, Replicas replicas) {}
