package io.coxswain.coordinator.core;

/**
 * A small integer that is agreed with every step.
 *
 * @param name 1 to 64 characters
 * @param reducer how the ranks' values become one
 */
public record VoteDefinition(String name, Reducer reducer) {

    private static final int MAX_CHARACTERS = 64;

    /** Refuses an empty and an overlong name. */
    public VoteDefinition {
        if (name.isEmpty() || name.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException(
                    "votes.name has " + name.length() + " characters; allowed are 1 to " + MAX_CHARACTERS);
        }
    }

    @Override
    public String toString() {
        return name + ":" + reducer;
    }
}
