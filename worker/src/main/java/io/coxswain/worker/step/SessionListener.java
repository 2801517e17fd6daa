package io.coxswain.worker.step;

/**
 * Told at once of what ends an epoch. Its calls come on the control stream's event loop, one at a time: they must not
 * block and must not throw (what they throw ends the session). They close the gate of the communicator, stop the step
 * client and return; the forward thread does the rest. What a listener does not override does not concern it.
 */
public interface SessionListener {
    /**
     * The epoch is over: when this returns, nothing of it may be launched or committed any more, since the coordinator is
     * then told so.
     */
    void onAbort(EpochAbort abort);

    /** A planned epoch will not be; the running one goes on. */
    default void onPlannedAbort(EpochAbort abort) {}

    /** Prepare this epoch beside the one that runs. */
    default void onPlanned(GroupMembership planned) {}

    /** The member has a coordinator again, whose step service is there. */
    default void onReattached(Admission admission) {}

    /** A decision that waited for the coordinator may be accepted now. */
    default void onProgress() {}

    /** The group cannot go on without this member. */
    default void onDrainRefused(String reason) {}

    /** The job has ended. */
    void onJobEnded(JobEnd end);

    /** The coordinator is lost; the session is over. */
    void onCoordinatorLost(String reason);
}
