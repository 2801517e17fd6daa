package io.coxswain.coordinator.history;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One member's step log, read line by line. Used by one thread. */
final class MemberLog implements Closeable {

    private final Path file;
    private final BufferedReader reader;
    private int lineNumber;
    private @Nullable String following;
    private @Nullable StepLine current;
    private boolean cutOff;

    private MemberLog(Path file, BufferedReader reader) {
        this.file = file;
        this.reader = reader;
    }

    /**
     * Opens a log at its first line.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if the first line is none of a step log
     */
    static MemberLog open(Path file) throws IOException {
        MemberLog log = new MemberLog(file, Files.newBufferedReader(file, StandardCharsets.UTF_8));
        log.following = log.reader.readLine();
        log.advance();
        return log;
    }

    Path file() {
        return file;
    }

    /** The line that was not taken yet; null at the end. */
    @Nullable
    StepLine current() {
        return current;
    }

    /** Whether the last line breaks off: the member was killed while it wrote. */
    boolean isCutOff() {
        return cutOff;
    }

    /** Goes to the next line. */
    void advance() throws IOException {
        String line = following;
        if (line == null) {
            current = null;
            return;
        }
        following = reader.readLine();
        lineNumber++;
        try {
            current = StepLine.parse(file + ":" + lineNumber, line);
        } catch (IllegalArgumentException e) {
            if (following != null || line.endsWith("}")) {
                throw e;
            }
            current = null;
            cutOff = true;
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
