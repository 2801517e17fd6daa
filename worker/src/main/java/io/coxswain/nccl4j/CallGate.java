package io.coxswain.nccl4j;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls that are inside a communicator and, once shut, lets no further one in: a handle is freed when nobody can use it
 * any more. Thread-safe, and free of locks: a thread that is stuck in a call must not keep another from shutting the gate.
 */
final class CallGate {
    private static final int SHUT = Integer.MIN_VALUE;
    private static final long PAUSE_NANOS = 20_000;

    /** The calls inside, and the sign for a gate that is shut. */
    private final AtomicInteger state = new AtomicInteger();

    private final AtomicReference<@Nullable String> reason = new AtomicReference<>();

    /** Throws {@link CommunicatorEndedException} where the gate is shut; else {@link #leave} must follow. */
    void enter() {
        if (state.incrementAndGet() < 0) {
            state.decrementAndGet();
            throw new CommunicatorEndedException("the communicator " + reason.get());
        }
    }

    void leave() {
        state.decrementAndGet();
    }

    /** Shuts it for good; whether this call did. The first reason stays. */
    boolean shut(String why) {
        if (!reason.compareAndSet(null, why)) {
            return false;
        }
        state.getAndUpdate(calls -> calls | SHUT);
        return true;
    }

    boolean isShut() {
        return reason.get() != null;
    }

    /** Waits for the calls inside to leave, but no longer than {@code grace}. */
    void awaitEmpty(Duration grace) {
        long start = System.nanoTime();
        while (state.get() != SHUT && System.nanoTime() - start < grace.toNanos()) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
