package io.coxswain.coordinator.election;

/**
 * How the replicas of a job elect their leader; all times in nanoseconds of the replica's own clock.
 *
 * @param renewNanos between two renewals by the leader, and between two looks at the lease by a standby
 * @param ttlNanos for which a standby sees the renewals stand still before it takes the lease
 * @param answerNanos after which an operation of the store is not waited for any more
 * @param handOverNanos for which a leader that was told to stop waits for its successor
 * @param replicas how many there are to be: with three or more only one that sees a majority stands
 */
public record ElectionConfig(long renewNanos, long ttlNanos, long answerNanos, long handOverNanos, int replicas) {

    private static final long MILLI = 1_000_000;
    private static final int LEAST_REPLICAS_OF_A_MAJORITY = 3;
    private static final int RENEWALS_IN_A_PAUSE = 2;
    /** A leader writes its lease again with its next renewal; two more for a store that is slow or fails once. */
    private static final int RENEWALS_TO_REASSERT = 3;

    private static final int LOOKS_BETWEEN_RENEWALS = 10;

    /** Refuses times that make no sense together. */
    public ElectionConfig {
        if (replicas < 1) {
            throw new IllegalArgumentException("replicas is " + replicas + "; allowed is 1 and above");
        }
        if (renewNanos < 1 || answerNanos < 1 || handOverNanos < 1) {
            throw new IllegalArgumentException(
                    "renew " + renewNanos + ", answer " + answerNanos + ", hand over " + handOverNanos + " ns");
        }
        if (ttlNanos <= renewNanos * RENEWALS_TO_REASSERT) {
            throw new IllegalArgumentException("the time-to-live of " + ttlNanos + " ns is to be more than "
                    + RENEWALS_TO_REASSERT + " renewals, " + renewNanos + " ns each");
        }
    }

    /** Renewals every 500 ms, a time-to-live of 4 s, 2 s for an answer of the store, 1 s for handing over. */
    public static ElectionConfig defaults(int replicas) {
        return new ElectionConfig(500 * MILLI, 4000 * MILLI, 2000 * MILLI, 1000 * MILLI, replicas);
    }

    boolean needsMajority() {
        return replicas >= LEAST_REPLICAS_OF_A_MAJORITY;
    }

    boolean isMajority(int count) {
        return count > replicas / 2;
    }

    /** A tick that comes later than that shows that the process stood still. */
    long pauseNanos() {
        return RENEWALS_IN_A_PAUSE * renewNanos;
    }

    /** For which a leader is waited for that may have to write its lease again. */
    long reassertNanos() {
        return RENEWALS_TO_REASSERT * renewNanos;
    }

    /** Between two looks at the lease by a leader that waits for its successor. */
    long handOverLookNanos() {
        return Math.max(1, renewNanos / LOOKS_BETWEEN_RENEWALS);
    }
}
