package io.coxswain.coordinator.engine;

import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.JobMemory;

/** Hears of the group's states. Called on the engine's thread; must not block or throw. */
public interface EngineListener {

    /** The group has changed its state. */
    void onState(GroupState state, String reason);

    /** What a successor should know has changed. */
    default void onMemory(JobMemory memory) {
        // A coordinator without successors has nobody to tell.
    }

    /** The core broke one of its own rules; the engine takes no more inputs. */
    void onDefect(RuntimeException defect);
}
