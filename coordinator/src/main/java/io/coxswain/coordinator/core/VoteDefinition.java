package io.coxswain.coordinator.core;

/**
 * A small integer that all ranks agree on with every step.
 *
 * @param name 1 to 64 characters, distinct within a job
 * @param reducer how the ranks' values become the agreed one
 */
public record VoteDefinition(String name, Reducer reducer) {

    /** The vote by which ranks say that they have nothing left to do, now or later; its reducer is ALL. */
    public static final String FINISHED = "finished";

    private static final int MAX_CHARACTERS = 64;

    /** Refuses an empty or overlong name, and the name {@link #FINISHED} with another reducer than ALL. */
    public VoteDefinition {
        if (name.isEmpty() || name.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException(
                    "votes.name has " + name.length() + " characters; allowed are 1 to " + MAX_CHARACTERS);
        }
        if (name.equals(FINISHED) && reducer != Reducer.ALL) {
            throw new IllegalArgumentException(
                    "votes." + FINISHED + ".reducer is " + reducer + "; allowed is " + Reducer.ALL);
        }
    }

    @Override
    public String toString() {
        return name + ":" + reducer;
    }
}
