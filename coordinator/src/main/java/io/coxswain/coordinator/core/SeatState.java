package io.coxswain.coordinator.core;

/** What is known of the worker in a place. */
public enum SeatState {
    /** Nobody holds the place. */
    MISSING,
    /** There, and in no epoch. */
    JOINED,
    /** Connects its collectives. */
    PREPARING,
    /** Has connected them. */
    PREPARED,
    /** In the loop. */
    RUNNING,
    /** Told that its epoch is over, and has not acknowledged it. */
    ABORTING,
    /** Gone, or taken for gone. */
    LOST,
    /** Gone as it should: drained, or after the job's end. */
    LEFT;

    /** Whether the group still counts on the worker. */
    boolean isMember() {
        return switch (this) {
            case JOINED, PREPARING, PREPARED, RUNNING, ABORTING -> true;
            case MISSING, LOST, LEFT -> false;
        };
    }
}
