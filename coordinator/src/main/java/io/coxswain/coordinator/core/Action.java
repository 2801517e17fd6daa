package io.coxswain.coordinator.core;

/** What all ranks do in a step. */
public enum Action {
    /** A forward pass with the decided shape; ranks without tokens run it on padding alone. */
    RUN,
    /** Nothing: no rank has tokens, and the next step is open. */
    IDLE,
    /** Capture the decided graph; no tokens are computed. */
    CAPTURE,
    /** The epoch's last decision: the membership changes. */
    RECONFIGURE,
    /** The job has ended well. */
    STOP
}
