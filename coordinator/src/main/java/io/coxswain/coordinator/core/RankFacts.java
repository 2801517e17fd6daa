package io.coxswain.coordinator.core;

import java.util.Arrays;

/**
 * What a rank says of its batch before a step. Immutable: whoever makes it does not change the votes afterwards, which are
 * not copied because every report would pay for it.
 *
 * @param numTokens tokens of the batch; 0 for nothing to run
 * @param numRequests requests in it, 0 to numTokens
 * @param uniformTokenCount tokens of each request where all have the same, else {@link #NOT_UNIFORM}
 * @param allowMicrobatches whether this rank could split its batch
 * @param eager whether this batch cannot use a graph
 * @param activeLoras LoRA adapters in the batch; the rank's own affair, no rule depends on it
 * @param votes one value for each vote of the settings, in their order
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, and the step path pays for no wrapper
public record RankFacts(
        int numTokens,
        int numRequests,
        int uniformTokenCount,
        boolean allowMicrobatches,
        boolean eager,
        int activeLoras,
        long[] votes) {

    /** The uniform token count of a batch whose requests differ, or that has none. */
    public static final int NOT_UNIFORM = 0;

    /** @throws IllegalArgumentException for counts out of range or in contradiction; it names field, value and rule */
    public RankFacts {
        Range.check("num_tokens", numTokens, 0, Integer.MAX_VALUE);
        Range.checkUpTo("num_requests", numRequests, 0, numTokens, "num_tokens");
        Range.checkUpTo("uniform_token_count", uniformTokenCount, NOT_UNIFORM, numTokens, "num_tokens");
        if (uniformTokenCount != NOT_UNIFORM && (long) uniformTokenCount * numRequests != numTokens) {
            throw new IllegalArgumentException("uniform_token_count is " + uniformTokenCount + " with " + numRequests
                    + " requests and " + numTokens + " tokens; allowed is num_tokens / num_requests, or none");
        }
        Range.check("active_loras", activeLoras, 0, Integer.MAX_VALUE);
    }

    /** The value of a vote, by its index in the settings. */
    public long vote(int index) {
        return votes[index];
    }

    /** How many votes there are. */
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
        return 31 * (31 * numTokens + numRequests) + Arrays.hashCode(votes);
    }

    @Override
    public String toString() {
        return "RankFacts[numTokens=" + numTokens + ", numRequests=" + numRequests + ", uniformTokenCount="
                + uniformTokenCount + ", allowMicrobatches=" + allowMicrobatches + ", eager=" + eager
                + ", activeLoras=" + activeLoras + ", votes=" + Arrays.toString(votes) + "]";
    }
}
