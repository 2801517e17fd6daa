package io.coxswain.worker.feed;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import org.jspecify.annotations.Nullable;

/** Parses the lines of one trace, one after the other. Not thread-safe. */
final class TraceLine {
    private static final Duration LONGEST_TRACE = Duration.ofDays(36_500);
    private static final int LONGEST_QUOTE = 60;
    private static final String TIMESTAMP_EXAMPLE = "2023-11-16 18:15:46.6805900";
    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .optionalStart()
            .appendOffset("+HH:MM", "Z")
            .optionalEnd()
            .parseDefaulting(ChronoField.OFFSET_SECONDS, 0)
            .toFormatter()
            .withResolverStyle(ResolverStyle.STRICT);

    private @Nullable Instant first;
    private long arrivalNanos;
    private int promptTokens;
    private int generatedTokens;

    /**
     * Parses the next line, without its end.
     *
     * @throws IllegalArgumentException when it is refused, with the reason
     */
    void parse(String text) {
        String[] columns = text.split(",", -1);
        if (columns.length != 3) {
            throw new IllegalArgumentException("the line " + quote(text) + " has " + columns.length
                    + (columns.length == 1 ? " column" : " columns") + "; allowed are the three of "
                    + TraceFile.HEADER);
        }
        arrivalNanos = arrival(columns[0]);
        promptTokens = tokens("ContextTokens", columns[1]);
        generatedTokens = tokens("GeneratedTokens", columns[2]);
    }

    /** Of the line that was parsed last, after the first one's. */
    long arrivalNanos() {
        return arrivalNanos;
    }

    int promptTokens() {
        return promptTokens;
    }

    int generatedTokens() {
        return generatedTokens;
    }

    private long arrival(String column) {
        Instant instant;
        try {
            instant = TIMESTAMP.parse(column, OffsetDateTime::from).toInstant();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "TIMESTAMP is " + quote(column) + "; allowed is a time like " + TIMESTAMP_EXAMPLE, e);
        }
        if (first == null) {
            first = instant;
        }
        Duration arrival = Duration.between(first, instant);
        if (arrival.compareTo(LONGEST_TRACE) > 0) {
            throw new IllegalArgumentException("TIMESTAMP is " + quote(column) + "; allowed are "
                    + LONGEST_TRACE.toDays() + " days after the first at most");
        }
        if (arrival.compareTo(Duration.ofNanos(arrivalNanos)) < 0) {
            throw new IllegalArgumentException("TIMESTAMP is " + quote(column)
                    + ", before that of the line above; allowed are lines in the order of their time");
        }
        return arrival.toNanos();
    }

    private static int tokens(String name, String column) {
        int tokens;
        try {
            tokens = Integer.parseInt(column);
        } catch (NumberFormatException e) {
            throw outOfRange(name, column);
        }
        if (tokens < 1 || tokens > Trace.MAX_TOKENS) {
            throw outOfRange(name, column);
        }
        return tokens;
    }

    private static IllegalArgumentException outOfRange(String name, String column) {
        return new IllegalArgumentException(
                name + " is " + quote(column) + "; allowed are the numbers 1 to " + Trace.MAX_TOKENS);
    }

    /** What a stranger's file says, made safe for a terminal. */
    static String quote(String text) {
        String shown = text.length() > LONGEST_QUOTE ? text.substring(0, LONGEST_QUOTE) + "..." : text;
        return '"' + shown.replaceAll("[^\\x20-\\x7e]", "?") + '"';
    }
}
