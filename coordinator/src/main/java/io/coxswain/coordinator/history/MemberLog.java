package io.coxswain.coordinator.history;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One member's step log, read line by line. Used by one thread. */
final class MemberLog implements Closeable {

    /** Enough for a step of 65,536 ranks; what is longer is no step log, and is not read into memory. */
    private static final int MAX_CHARACTERS = 1024 * 1024;

    private final Path file;
    private final BufferedReader reader;
    private final StringBuilder line = new StringBuilder();
    private long lineNumber;
    private @Nullable StepLine current;
    private boolean cutOff;

    private MemberLog(Path file, BufferedReader reader) {
        this.file = file;
        this.reader = reader;
    }

    /**
     * Opens a log before its first line.
     *
     * @throws IOException if it cannot be read; the text names the file
     */
    static MemberLog open(Path file) throws IOException {
        try {
            return new MemberLog(file, Files.newBufferedReader(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": there is no such file", e);
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read: " + e, e);
        }
    }

    Path file() {
        return file;
    }

    /** The line gone to that was not passed yet; null before the first and after the last. */
    @Nullable
    StepLine current() {
        return current;
    }

    /** Whether the last line breaks off: the member was killed while it wrote. */
    boolean isCutOff() {
        return cutOff;
    }

    /**
     * Goes to the next line.
     *
     * @throws IOException if it cannot be read; the text names the file
     * @throws IllegalArgumentException if it is none of a step log
     */
    void advance() throws IOException {
        current = null;
        lineNumber++;
        boolean ended = readLine();
        if (!ended && line.isEmpty()) {
            return;
        }
        try {
            current = StepLine.parse(where(), line.toString());
        } catch (IllegalArgumentException e) {
            // Only what a killed process was writing has no end of line; a line that has one was meant as it is.
            if (ended) {
                throw e;
            }
            cutOff = true;
        }
    }

    /** Reads up to the end of a line; false where the file ends before. */
    private boolean readLine() throws IOException {
        line.setLength(0);
        try {
            int character = reader.read();
            for (; character >= 0 && character != '\n'; character = reader.read()) {
                if (line.length() == MAX_CHARACTERS) {
                    throw new IllegalArgumentException(where() + ": is longer than " + MAX_CHARACTERS + " characters");
                }
                line.append((char) character);
            }
            return character == '\n';
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(where() + ": has bytes that are no UTF-8", e);
        } catch (IOException e) {
            throw new IOException(where() + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private String where() {
        return file + ":" + lineNumber;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
