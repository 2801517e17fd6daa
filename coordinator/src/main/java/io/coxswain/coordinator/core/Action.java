package io.coxswain.coordinator.core;

/** What all ranks do in a step. */
public enum Action {
    /** A forward pass with the decided shape. */
    RUN,
    /** Nothing; the next step is open. */
    IDLE,
    /** Capture one graph. */
    CAPTURE,
    /** The epoch's last decision: the membership changes. */
    RECONFIGURE,
    /** The job has ended well. */
    STOP
}
