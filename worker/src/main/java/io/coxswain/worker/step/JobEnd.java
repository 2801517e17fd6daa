package io.coxswain.worker.step;

import io.coxswain.v1.JobEnded;
import java.util.List;

/**
 * How the job ended. Immutable and thread-safe.
 *
 * @param outcome stopped or failed
 * @param reason why, for people
 * @param culprits the places that are to blame, in the order in which the coordinator learned of them
 */
public record JobEnd(JobEnded.Outcome outcome, String reason, List<Integer> culprits) {
    /** Copies the list. */
    public JobEnd {
        culprits = List.copyOf(culprits);
    }
}
