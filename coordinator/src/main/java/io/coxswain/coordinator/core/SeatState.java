package io.coxswain.coordinator.core;

/** What is known of the worker in a place. */
public enum SeatState {
    /** Nobody holds the place. */
    MISSING,
    /** Joined, and waits for the others. */
    JOINED,
    /** Connects its collectives. */
    PREPARING,
    /** Has connected them. */
    PREPARED,
    /** In the loop. */
    RUNNING,
    /** Gone, or taken for gone. */
    LOST,
    /** Gone after the job's end. */
    LEFT
}
