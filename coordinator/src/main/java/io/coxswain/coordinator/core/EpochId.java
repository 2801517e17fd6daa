package io.coxswain.coordinator.core;

/**
 * One membership of the job.
 *
 * @param creatingTerm the term in which it was created; an epoch can outlive it
 * @param number rises with every epoch of the job, from 1
 */
public record EpochId(TermId creatingTerm, long number) {

    /** Refuses a number below 1. */
    public EpochId {
        if (number < 1) {
            throw new IllegalArgumentException("epoch.number is " + number + "; allowed is 1 and above");
        }
    }

    @Override
    public String toString() {
        return number + " (of term " + creatingTerm + ")";
    }
}
