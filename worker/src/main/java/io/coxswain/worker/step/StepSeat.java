package io.coxswain.worker.step;

import io.coxswain.v1.Epoch;
import io.coxswain.v1.Member;

/**
 * Who speaks on a step stream. Immutable and thread-safe.
 *
 * @param job the job's name
 * @param member this start of the worker's process
 * @param place the place that the coordinator gave it
 * @param epoch the epoch whose steps are agreed on
 * @param worldSize ranks in that epoch, 1 or more
 */
public record StepSeat(String job, Member member, int place, Epoch epoch, int worldSize) {
    /**
     * Checks the counts.
     *
     * @throws IllegalArgumentException if one is out of its range; the text names it
     */
    public StepSeat {
        if (place < 0) {
            throw new IllegalArgumentException("place is " + place + "; allowed is 0 or more");
        }
        if (worldSize < 1) {
            throw new IllegalArgumentException("worldSize is " + worldSize + "; allowed is 1 or more");
        }
    }
}
