package io.coxswain.worker.feed;

import java.nio.file.Path;

/** A trace file is refused; the message names the file, the line and the reason. */
public final class TraceFormatException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final long lineNumber;

    TraceFormatException(Path file, long lineNumber, String reason) {
        super("trace file " + file + ", line " + lineNumber + ": " + reason);
        this.lineNumber = lineNumber;
    }

    /** The line that is refused; the header is line 1. */
    public long lineNumber() {
        return lineNumber;
    }
}
