package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.CollectiveAbortedException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lets operations of an epoch pass until it is closed, for good. Any thread may close it. */
final class EpochGate {
    private final String epoch;
    private final AtomicReference<@Nullable String> reason = new AtomicReference<>();

    EpochGate(String epoch) {
        this.epoch = epoch;
    }

    /** The first reason stays. */
    void close(String why) {
        reason.compareAndSet(null, why);
    }

    /** Throws {@link CollectiveAbortedException} when the gate is closed. */
    void pass() {
        String why = reason.get();
        if (why != null) {
            throw new CollectiveAbortedException("epoch " + epoch + " has ended: " + why);
        }
    }
}
