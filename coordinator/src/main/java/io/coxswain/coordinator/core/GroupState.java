package io.coxswain.coordinator.core;

import java.util.EnumSet;
import java.util.Set;

/** The states of a job's group. The graph of its transitions is drawn in the package's documentation. */
public enum GroupState {
    /** Waits for all ranks to join. */
    JOINING("waiting for all ranks to join"),
    /** The ranks of a new epoch connect their collectives. */
    PREPARING("connecting the ranks' collectives"),
    /** Decides steps. */
    RUNNING("deciding steps"),
    /** The epoch is over; its survivors are told. */
    ABORTING("telling the survivors that the epoch is over"),
    /** The job has ended well. */
    STOPPED("the job has ended well"),
    /** The job has failed. */
    FAILED("the job has failed");

    private final String description;

    GroupState(String description) {
        this.description = description;
    }

    /** The state in one phrase. */
    public String description() {
        return description;
    }

    /** Whether nothing follows this state. */
    public boolean isEnd() {
        return this == STOPPED || this == FAILED;
    }

    boolean canBecome(GroupState next) {
        return successors().contains(next);
    }

    private Set<GroupState> successors() {
        return switch (this) {
            case JOINING -> EnumSet.of(PREPARING, FAILED);
            case PREPARING -> EnumSet.of(RUNNING, ABORTING);
            case RUNNING -> EnumSet.of(ABORTING, STOPPED);
            case ABORTING -> EnumSet.of(FAILED);
            case STOPPED, FAILED -> EnumSet.noneOf(GroupState.class);
        };
    }
}
