package io.coxswain.coordinator.core;

/**
 * A coordinator's reign.
 *
 * @param number rises at every takeover; the first is 1, and 0 stands for no term
 * @param coordinatorId the reigning process, a random value; 0 only beside number 0
 */
public record TermId(long number, long coordinatorId) {

    /** No term: what a member says that was told none. */
    public static final TermId NONE = new TermId(0, 0);

    /** Refuses a negative number. */
    public TermId {
        if (number < 0) {
            throw new IllegalArgumentException("term.number is " + number + "; allowed is 0 and above");
        }
    }

    @Override
    public String toString() {
        return number + "@" + Long.toHexString(coordinatorId);
    }
}
