package io.coxswain.coordinator.core;

/** What becomes of a job that has lost a rank. */
public enum OnLoss {
    /** It fails. */
    FAIL,
    /** It waits for the place's next member. */
    WAIT,
    /** It goes on with the survivors, and takes in whoever comes. */
    SHRINK
}
