package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.coordinator.engine.EngineListener;

/** The services of a coordinator, which it has whether it leads or not. Called on the event loop; must not block. */
public interface Office {

    /**
     * Leads a group from now on; only where none is led.
     *
     * @param listener hears of the group's states
     */
    void lead(Engine.Reign reign, EngineListener listener);

    /**
     * Leads no more: closes all that workers have opened, and refuses them from now on. Nothing where none is led.
     *
     * @param reason for people
     */
    void standBy(String reason);

    /** The highest term that a member of the group that is led has promised; 0 for none. */
    long highestPromise();

    /** What a successor should know of the group that is led; nothing where none is. */
    JobMemory memory();

    /** What a replica that does not lead answers when it is asked for the job's status. */
    void show(ReplicaView view);
}
