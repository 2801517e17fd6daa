package io.coxswain.coordinator.election;

import java.util.EnumSet;
import java.util.Set;

/** The states of one replica in the election. The graph of its transitions is drawn in the package's documentation. */
public enum ElectionState {
    /** Watches the lease. */
    STANDBY("standing by"),
    /** Has asked the store for the lease, and waits for its answer. */
    STANDING("taking the lease"),
    /** Leads, and renews the lease as long as it can. */
    LEADING("leading"),
    /** Leads on until somebody has taken the lease that it gives away. */
    HANDING_OVER("handing over to another replica"),
    /** Takes no part any more. */
    STOPPED("taking no part in the election");

    private final String description;

    ElectionState(String description) {
        this.description = description;
    }

    /** The state in one phrase. */
    public String description() {
        return description;
    }

    /** Whether the replica's coordinator is at work. */
    public boolean leads() {
        return this == LEADING || this == HANDING_OVER;
    }

    boolean canBecome(ElectionState next) {
        return successors().contains(next);
    }

    private Set<ElectionState> successors() {
        return switch (this) {
            case STANDBY -> EnumSet.of(STANDING, STOPPED);
            case STANDING -> EnumSet.of(STANDBY, LEADING, STOPPED);
            case LEADING -> EnumSet.of(STANDBY, HANDING_OVER, STOPPED);
            case HANDING_OVER -> EnumSet.of(STOPPED);
            case STOPPED -> EnumSet.noneOf(ElectionState.class);
        };
    }
}
