package io.coxswain.coordinator.engine;

import io.coxswain.coordinator.core.Effect;

/** Hears of the group's states. Called on the engine's thread; must not block or throw. */
public interface EngineListener {

    /** The group has changed its state. Whoever leads for a job writes it to the log. */
    void onTransition(Effect.Transitioned transition);

    /** What a successor should know has changed; {@link Engine#memory} says it. */
    default void onMemoryChanged() {
        // A coordinator without successors has nobody to tell.
    }

    /** The core broke one of its own rules; the engine takes no more inputs. */
    void onDefect(RuntimeException defect);
}
