package io.coxswain.coordinator.core;

/** Which graphs a job captures. */
public enum GraphModeSetting {
    /** None. */
    NONE,
    /** The pieces of mixed batches. */
    PIECEWISE,
    /** Whole passes of mixed batches. */
    FULL,
    /** Whole passes of decode batches; mixed batches run eagerly. */
    FULL_DECODE_ONLY,
    /** Whole passes of decode batches, the pieces of mixed ones. */
    FULL_AND_PIECEWISE;

    boolean hasPiecewise() {
        return this == PIECEWISE || this == FULL_AND_PIECEWISE;
    }

    boolean hasMixedFull() {
        return this == FULL;
    }

    boolean hasDecodeFull() {
        return this == FULL_DECODE_ONLY || this == FULL_AND_PIECEWISE;
    }
}
