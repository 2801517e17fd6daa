package io.coxswain.coordinator.decide;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/** Reads lines, and refuses one that is too long to hold instead of filling the memory with it. Owned by one thread. */
final class BoundedLines {

    /** Enough for a case of 65,536 ranks. */
    static final int MAX_CHARACTERS = 16 * 1024 * 1024;

    private final BufferedReader in;
    private final StringBuilder line = new StringBuilder();
    private int number;

    BoundedLines(BufferedReader in) {
        this.in = in;
    }

    /** Number of the line that was read last, from 1. */
    int number() {
        return number;
    }

    /** The next line without its end; null after the last. */
    @Nullable
    String next() throws IOException, InputRefusedException {
        line.setLength(0);
        number++;
        try {
            int character = in.read();
            if (character < 0) {
                return null;
            }
            for (; character >= 0 && character != '\n'; character = in.read()) {
                if (line.length() == MAX_CHARACTERS) {
                    throw new InputRefusedException("is longer than " + MAX_CHARACTERS + " characters");
                }
                line.append((char) character);
            }
            return line.toString();
        } catch (CharacterCodingException e) {
            throw new InputRefusedException("has bytes that are no UTF-8; allowed is UTF-8 text");
        }
    }
}
