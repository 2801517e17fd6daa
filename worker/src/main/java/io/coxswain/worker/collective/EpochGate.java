package io.coxswain.worker.collective;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lets a communicator's operations pass until its epoch ends, for good. Any thread may close it. For implementations of the port. */
public final class EpochGate {
    private final String epoch;
    private final AtomicReference<@Nullable String> reason = new AtomicReference<>();

    /** @param epoch as logs and errors show it */
    public EpochGate(String epoch) {
        this.epoch = epoch;
    }

    /** The first reason stays; whether this is it. */
    public boolean close(String why) {
        return reason.compareAndSet(null, why);
    }

    /** Throws {@link CollectiveAbortedException} when the gate is closed. */
    public void pass() {
        String why = reason.get();
        if (why != null) {
            throw new CollectiveAbortedException("epoch " + epoch + " has ended: " + why);
        }
    }

    /** Whether {@link #pass} throws. */
    public boolean isClosed() {
        return reason.get() != null;
    }
}
