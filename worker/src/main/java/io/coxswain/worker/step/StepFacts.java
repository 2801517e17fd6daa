package io.coxswain.worker.step;

import java.util.List;

/**
 * What a rank says before a step: facts about the batch it has, not wishes.
 *
 * <p>Immutable and thread-safe.
 *
 * @param numTokens tokens of the batch, 0 or more; 0: nothing to run
 * @param numRequests requests in the batch, 0 to numTokens
 * @param uniformTokenCount tokens of each request where all have the same; 0: they differ, or there are none
 * @param allowMicrobatches whether the rank could split its batch into the job's number of microbatches
 * @param eager whether this batch cannot use a graph
 * @param activeLoras LoRA adapters active in the batch, 0 or more
 * @param votes one for each vote of the job's settings, in their order
 */
public record StepFacts(
        int numTokens,
        int numRequests,
        int uniformTokenCount,
        boolean allowMicrobatches,
        boolean eager,
        int activeLoras,
        List<Long> votes) {

    /**
     * Checks the counts.
     *
     * @throws IllegalArgumentException if one is out of its range; the text names it
     */
    public StepFacts {
        requireBetween("numTokens", numTokens, Integer.MAX_VALUE);
        requireBetween("numRequests", numRequests, numTokens);
        requireBetween("uniformTokenCount", uniformTokenCount, numTokens);
        requireBetween("activeLoras", activeLoras, Integer.MAX_VALUE);
        votes = List.copyOf(votes);
    }

    /** The facts of a rank that has nothing to run. */
    public static StepFacts nothingToRun(List<Long> votes) {
        return new StepFacts(0, 0, 0, false, false, 0, votes);
    }

    private static void requireBetween(String field, int value, int most) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(field + " is " + value + "; allowed is 0 to " + most);
        }
    }
}
