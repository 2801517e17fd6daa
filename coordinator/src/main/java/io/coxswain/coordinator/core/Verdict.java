package io.coxswain.coordinator.core;

import java.util.List;

/**
 * Who is to blame, and why; the same text serves the log, the status and the error.
 *
 * @param culprits places, first the one learned of first; empty where nobody is known to be to blame
 * @param reason culprit and evidence, for people
 */
public record Verdict(List<Integer> culprits, String reason) {

    /** Copies the list. */
    public Verdict {
        culprits = List.copyOf(culprits);
    }
}
