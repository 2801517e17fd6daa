package io.coxswain.worker.step;

import java.util.List;

/**
 * The end of an epoch before its time. Immutable and thread-safe.
 *
 * @param epoch the epoch's number
 * @param culprits the places that are to blame; empty: nobody is known to be
 * @param reason culprit and evidence, for people
 */
public record EpochAbort(long epoch, List<Integer> culprits, String reason) {
    /** Copies the list. */
    public EpochAbort {
        culprits = List.copyOf(culprits);
    }
}
