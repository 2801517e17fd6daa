package io.coxswain.coordinator.core;

import java.util.EnumSet;
import java.util.Set;

/** The states of a job's group. The graph of its transitions is drawn in the package's documentation. */
public enum GroupState {
    /** Waits for all ranks to join. */
    JOINING("waiting for all ranks to join"),
    /** A new coordinator waits for the members of an epoch that ran before it. */
    REATTACHING("waiting for the members of an earlier coordinator's epoch"),
    /** The ranks of a new epoch connect their collectives. */
    PREPARING("connecting the ranks' collectives"),
    /** Decides steps. */
    RUNNING("deciding steps"),
    /** The epoch is over; its survivors are told. */
    ABORTING("telling the survivors that the epoch is over"),
    /** Too few ranks are there; others are waited for. */
    WAITING("waiting for the lost ranks' successors"),
    /** Another coordinator reigns. */
    DEPOSED("another coordinator has taken over"),
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
        return this == DEPOSED || this == STOPPED || this == FAILED;
    }

    /** Whether this coordinator has not made or inherited any epoch yet. */
    boolean precedesEpochs() {
        return this == JOINING || this == REATTACHING;
    }

    boolean canBecome(GroupState next) {
        return successors().contains(next);
    }

    private Set<GroupState> successors() {
        return switch (this) {
            case JOINING -> EnumSet.of(PREPARING, REATTACHING, DEPOSED, FAILED);
            case REATTACHING -> EnumSet.of(RUNNING, PREPARING, WAITING, DEPOSED, STOPPED, FAILED);
            case PREPARING -> EnumSet.of(RUNNING, ABORTING, DEPOSED);
            case RUNNING -> EnumSet.of(RUNNING, ABORTING, DEPOSED, STOPPED);
            case ABORTING -> EnumSet.of(PREPARING, WAITING, DEPOSED, FAILED);
            case WAITING -> EnumSet.of(PREPARING, DEPOSED, FAILED);
            case DEPOSED, STOPPED, FAILED -> EnumSet.noneOf(GroupState.class);
        };
    }
}
