package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.store.JobEnd;
import io.coxswain.coordinator.store.Replicas;
import org.jspecify.annotations.Nullable;

/** Hears what becomes of a replica. Called on the event loop; must not block or throw. */
public interface ReplicaListener {

    /** It leads, or others are seen while it does. */
    void onLeading(TermId term, Replicas replicas);

    /** It was told to stop, and the members go to another leader from now on; before {@link #onStopped}. */
    void onHandedOver();

    /**
     * It takes no part any more; called once.
     *
     * @param end how the job has ended; null where the replica was told to stop
     */
    void onStopped(@Nullable JobEnd end);

    /** It broke one of its own rules, and takes no part any more. */
    void onDefect(RuntimeException defect);
}
