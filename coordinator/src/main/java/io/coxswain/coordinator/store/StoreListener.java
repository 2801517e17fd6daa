package io.coxswain.coordinator.store;

import io.coxswain.coordinator.election.Lease;

/** Hears of changes. Called on threads of the store's; must not block or throw. */
public interface StoreListener {

    /** The lease is another than before. */
    void onLease(Lease now);

    /** Others are seen than before. */
    void onReplicas(Replicas now);

    /** A replica's connection was closed, or it was silent for too long. */
    void onGone(long replica);
}
