package io.coxswain.worker.feed;

/**
 * A request as it is handed out.
 *
 * @param id unique within the feed's run
 * @param attempt 0 for the first hand-out, rising
 * @param promptTokens tokens of the prompt, 1 or more
 * @param generatedTokens tokens to generate, 1 or more
 */
public record FeedRequest(long id, int attempt, int promptTokens, int generatedTokens) {

    /** Throws {@link IllegalArgumentException} where a count is below 1, or both together exceed an int. */
    public FeedRequest {
        requireAtLeast(id, "attempt", attempt, 0);
        requireAtLeast(id, "prompt_tokens", promptTokens, 1);
        requireAtLeast(id, "generated_tokens", generatedTokens, 1);
        if ((long) promptTokens + generatedTokens > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("request " + Long.toUnsignedString(id) + " has " + promptTokens
                    + " prompt_tokens and " + generatedTokens + " generated_tokens; allowed are " + Integer.MAX_VALUE
                    + " together");
        }
    }

    private static void requireAtLeast(long id, String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException("request " + Long.toUnsignedString(id) + ": " + name + " is "
                    + Integer.toUnsignedString(value) + "; allowed are " + least + " to " + Integer.MAX_VALUE);
        }
    }
}
