package io.coxswain.worker.net;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** What a stream's end says, for people. */
public final class Statuses {
    private Statuses() {}

    /** Code and description, and what lies behind where that says more, as with a refused connection. */
    public static String text(Status status) {
        String description = status.getDescription();
        @Nullable Throwable cause = status.getCause();
        return status.getCode()
                + (description == null ? "" : ": " + description)
                + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }
}
