package io.coxswain.coordinator.core;

/** Where a rank is in its current step, by its own word. */
public enum Phase {
    /** Joining, preparing, or done with the epoch. */
    OUTSIDE("outside the loop"),
    /** The report is sent, the decision has not arrived. */
    REPORTED("waiting for a decision"),
    /** The decision has arrived, the pass is not launched. */
    DECIDED("stuck before its forward pass"),
    /** The pass is launched and not done. */
    LAUNCHED("stuck in its forward pass"),
    /** The pass is done, the next report is not sent. */
    DONE("stuck after its forward pass");

    private final String whenLate;

    Phase(String whenLate) {
        this.whenLate = whenLate;
    }

    /** What it means that a rank in this phase is late, in a few words. */
    public String whenLate() {
        return whenLate;
    }

    /** Whether the rank has handed its pass to the device. */
    boolean hasLaunched() {
        return this == LAUNCHED || this == DONE;
    }
}
