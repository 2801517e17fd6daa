package io.coxswain.coordinator.core;

/** How the ranks' rows travel in a step's all-gathers and reduce-scatters. */
public enum Gather {
    /** Every rank contributes as many rows as the largest count. */
    PADDED,
    /** Every rank contributes its own count. */
    VARIABLE
}
