package io.coxswain.worker.feed;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads the format of the Azure LLM inference traces (github.com/Azure/AzurePublicDataset): a header {@code
 * TIMESTAMP,ContextTokens,GeneratedTokens}, then a line per request, as {@code 2023-11-16 18:15:46.6805900,374,44}. The
 * timestamp is a date and a time of day with up to nine digits of a fraction, and an optional offset such as {@code
 * +00:00} (absent: UTC). Lines end with LF or CRLF, the last one may end without. A header alone is a trace of no
 * requests.
 *
 * <p>Refused are: another header, a line (an empty one too) that has not three columns, a count that is no number of 1 to
 * {@link Trace#MAX_TOKENS}, a timestamp that is none or lies before its predecessor's, since a paced replay would have to
 * guess the order, or more than 100 years after the first.
 */
public final class TraceFile {
    /** What the first line must be. */
    public static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

    private static final int MAX_LINE_LENGTH = 200;

    private final Path file;
    private final TraceLine line = new TraceLine();

    private TraceFile(Path file) {
        this.file = file;
    }

    /**
     * Reads a file. All of it is checked, also what lies behind the requests that are taken, so that a file is good or bad
     * whatever is taken of it.
     *
     * @param maxRequests how many requests to take at most, from the first; 1 or more
     * @throws TraceFormatException when a line is refused
     * @throws IOException when the file cannot be read
     */
    public static Trace read(Path file, int maxRequests) throws IOException {
        if (maxRequests < 1) {
            throw new IllegalArgumentException(
                    "maxRequests is " + maxRequests + "; allowed are 1 to " + Integer.MAX_VALUE);
        }
        // A byte that is not ASCII is refused where it stands, as part of a malformed line.
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            return new TraceFile(file).read(reader, maxRequests);
        }
    }

    private Trace read(BufferedReader reader, int maxRequests) throws IOException {
        requireHeader(readLine(reader, 1));
        Trace.Builder builder = new Trace.Builder(file.toString());
        long lineNumber = 2;
        for (String text = readLine(reader, lineNumber); text != null; text = readLine(reader, lineNumber)) {
            try {
                line.parse(text);
            } catch (IllegalArgumentException e) {
                throw refuse(lineNumber, String.valueOf(e.getMessage()));
            }
            if (builder.size() < maxRequests) {
                builder.add(line.promptTokens(), line.generatedTokens(), line.arrivalNanos());
            }
            lineNumber++;
        }
        return builder.build();
    }

    private void requireHeader(@Nullable String text) {
        if (text == null) {
            throw refuse(1, "the file is empty; the header " + HEADER + " is needed");
        }
        if (!text.equals(HEADER)) {
            throw refuse(1, "the header is " + TraceLine.quote(text) + "; allowed is " + HEADER);
        }
    }

    /** Unlike the reader's own, it gives up on a line that has no end; null: there is none. */
    private @Nullable String readLine(BufferedReader reader, long lineNumber) throws IOException {
        StringBuilder text = new StringBuilder();
        int character = reader.read();
        if (character < 0) {
            return null;
        }
        while (character >= 0 && character != '\n') {
            if (text.length() == MAX_LINE_LENGTH) {
                throw refuse(lineNumber, "the line has more than " + MAX_LINE_LENGTH + " characters");
            }
            text.append((char) character);
            character = reader.read();
        }
        if (text.length() > 0 && text.charAt(text.length() - 1) == '\r') {
            text.setLength(text.length() - 1);
        }
        return text.toString();
    }

    private TraceFormatException refuse(long lineNumber, String reason) {
        return new TraceFormatException(file, lineNumber, reason);
    }
}
