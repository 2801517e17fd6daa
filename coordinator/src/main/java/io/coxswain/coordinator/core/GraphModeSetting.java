package io.coxswain.coordinator.core;

/** Which graphs a job has, with the names that serving engines use. */
public enum GraphModeSetting {
    /** None: every step runs eagerly. */
    NONE,
    /** The pieces between attention and collectives, for any batch. */
    PIECEWISE,
    /** Whole passes, for any batch. */
    FULL,
    /** Whole passes for decode batches; other batches run eagerly. */
    FULL_DECODE_ONLY,
    /** Whole passes for decode batches, pieces for the others. */
    FULL_AND_PIECEWISE;

    boolean hasMixedPiecewise() {
        return this == PIECEWISE || this == FULL_AND_PIECEWISE;
    }

    boolean hasMixedFull() {
        return this == FULL;
    }

    boolean hasDecodeFull() {
        return this == FULL_DECODE_ONLY || this == FULL_AND_PIECEWISE;
    }
}
