package io.coxswain.coordinator.core;

import java.util.Arrays;

/**
 * What a rank says of its batch. Immutable; the votes are not to be changed by whoever made it.
 *
 * @param numTokens tokens of the batch; 0 for nothing to run
 * @param numRequests requests in it
 * @param uniformTokenCount tokens of each request where all have the same, else {@link #NOT_UNIFORM}
 * @param allowMicrobatches whether it could be split
 * @param eager whether it cannot use a graph
 * @param activeLoras LoRA adapters in it; the rank's own affair
 * @param votes one for each vote of the settings
 */
public record RankFacts(
        int numTokens,
        int numRequests,
        int uniformTokenCount,
        boolean allowMicrobatches,
        boolean eager,
        int activeLoras,
        long[] votes) {

    /** The uniform token count of a batch whose requests differ. */
    public static final int NOT_UNIFORM = 0;

    /** Refuses counts that are out of range or contradict each other, by name. */
    public RankFacts {
        between("num_tokens", numTokens, 0, Integer.MAX_VALUE, "");
        between("num_requests", numRequests, 0, numTokens, " (num_tokens)");
        between("uniform_token_count", uniformTokenCount, 0, numTokens, " (num_tokens)");
        between("active_loras", activeLoras, 0, Integer.MAX_VALUE, "");
    }

    private static void between(String field, int value, int least, int most, String why) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    field + " is " + Integer.toUnsignedString(value) + "; allowed are " + least + " to " + most + why);
        }
    }

    /** The value of a vote by its index in the settings. */
    public long vote(int index) {
        return votes[index];
    }

    /** How many votes it has. */
    public int voteCount() {
        return votes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RankFacts that
                && numTokens == that.numTokens
                && numRequests == that.numRequests
                && uniformTokenCount == that.uniformTokenCount
                && allowMicrobatches == that.allowMicrobatches
                && eager == that.eager
                && activeLoras == that.activeLoras
                && Arrays.equals(votes, that.votes);
    }

    @Override
    public int hashCode() {
        return 31 * numTokens + numRequests;
    }
}
