package io.coxswain.worker.feed;

import java.time.Duration;

/**
 * How long a worker waits in its talk with the feed. Immutable; each value is longer than nothing and at most an hour.
 *
 * @param connectTimeout until the feed has answered a stream's first message, default 10 s
 * @param messageInterval the shortest time between two messages to the feed, default 2 ms
 * @param repeatInterval until finished requests that are not acknowledged are repeated, and from one try to open a stream
 *     to the next, default 1 s
 * @param answerTimeout until a feed is given up that acknowledges nothing, or whose broken stream cannot be opened again,
 *     default 30 s
 * @param progressInterval between two messages about the progress, default 500 ms
 */
public record FeedTiming(
        Duration connectTimeout,
        Duration messageInterval,
        Duration repeatInterval,
        Duration answerTimeout,
        Duration progressInterval) {
    private static final Duration LONGEST = Duration.ofHours(1);
    /** The defaults. */
    public static final FeedTiming DEFAULT = new FeedTiming(
            Duration.ofSeconds(10),
            Duration.ofMillis(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofMillis(500));

    /** Throws {@link IllegalArgumentException} where a value is out of range. */
    public FeedTiming {
        require("connectTimeout", connectTimeout);
        require("messageInterval", messageInterval);
        require("repeatInterval", repeatInterval);
        require("answerTimeout", answerTimeout);
        require("progressInterval", progressInterval);
    }

    private static void require(String name, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " is " + value + "; allowed is more than 0, to " + LONGEST);
        }
    }
}
