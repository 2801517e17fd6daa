package io.coxswain.coordinator.election;

/**
 * What the store says about who leads. It only elects: whether a leader's decisions count is up to the ranks.
 *
 * @param term the number of the latest reign that the store knows of; 0 stands for none
 * @param holder who reigns, by the random id of its process; {@link #NOBODY} where it was released
 * @param renewals how often the holder has renewed it: whoever else sees it stand still may take it
 */
public record Lease(long term, long holder, long renewals) {

    /** The holder of a lease that was released. */
    public static final long NOBODY = 0;

    /** What an empty store says. */
    public static final Lease NONE = new Lease(0, NOBODY, 0);

    /** Refuses negative numbers. */
    public Lease {
        if (term < 0 || renewals < 0) {
            throw new IllegalArgumentException(
                    "term is " + term + " and renewals are " + renewals + "; allowed is 0 and above");
        }
    }

    /** Whether nobody holds it. */
    public boolean isReleased() {
        return holder == NOBODY;
    }

    boolean isLaterThan(Lease other) {
        return term > other.term || (term == other.term && renewals > other.renewals);
    }

    /** What the store says once its holder has released it: the term stays. */
    public Lease released() {
        return new Lease(term, NOBODY, renewals);
    }

    Lease renewed() {
        return new Lease(term, holder, renewals + 1);
    }

    @Override
    public String toString() {
        return "term " + term + (isReleased() ? ", released" : " of " + Long.toHexString(holder))
                + (renewals == 0 ? "" : ", renewed " + renewals + " times");
    }
}
