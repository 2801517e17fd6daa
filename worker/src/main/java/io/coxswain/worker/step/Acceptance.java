package io.coxswain.worker.step;

import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepReport;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps apart two things that exclude each other: the forward thread accepts a decision, and the session tells a coordinator
 * which decision was the last. What the session has told must stay true until it is answered; else a new coordinator could decide
 * a step anew that this rank has executed.
 *
 * <p>So the session freezes acceptance before it speaks. An answer of the same term thaws it. One of a higher term begins a new
 * generation: the step streams of the one before are void, with all that they still hold unread.
 *
 * <p>Thread-safe and without a lock: each change is one atomic replacement of an immutable state. The forward thread enters,
 * reports and accepts; the session's event loop freezes, thaws and begins generations.
 */
final class Acceptance {

    /**
     * What holds at a moment.
     *
     * @param frozen whether no decision may be accepted
     * @param generation rises with the term
     * @param epoch number of the epoch that the rest is about; 0: none
     * @param accepted the last decision accepted in it
     * @param open the report it waits for a decision on
     */
    record State(
            boolean frozen,
            int generation,
            long epoch,
            @Nullable StepDecision accepted,
            @Nullable StepReport open) {

        private State frozen(boolean now) {
            return new State(now, generation, epoch, accepted, open);
        }
    }

    private final AtomicReference<State> state = new AtomicReference<>(new State(false, 0, 0, null, null));

    State state() {
        return Objects.requireNonNull(state.get());
    }

    /** The forward thread begins an epoch. */
    void enter(long epoch) {
        state.updateAndGet(now -> new State(now.frozen, now.generation, epoch, null, null));
    }

    /** The forward thread has said this, and waits for a decision on it. */
    void reported(StepReport report) {
        state.updateAndGet(now -> new State(now.frozen, now.generation, now.epoch, now.accepted, report));
    }

    /** Accepts a decision that came down a stream of a generation; false where that must not be, or not now. */
    boolean accept(StepDecision decision, int generation) {
        State before = state();
        return !before.frozen
                && before.generation == generation
                && state.compareAndSet(before, new State(false, generation, before.epoch, decision, null));
    }

    /** From now on nothing is accepted; what was accepted by now stays so. */
    State freeze() {
        return state.updateAndGet(now -> now.frozen(true));
    }

    /** Accepting goes on. */
    void thaw() {
        state.updateAndGet(now -> now.frozen(false));
    }

    /** The streams so far are void; acceptance stays frozen until it is thawed. */
    void beginGeneration() {
        state.updateAndGet(now -> new State(true, now.generation + 1, now.epoch, now.accepted, now.open));
    }
}
