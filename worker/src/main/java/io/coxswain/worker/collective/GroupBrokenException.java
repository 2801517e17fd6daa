package io.coxswain.worker.collective;

import org.jspecify.annotations.Nullable;

/** A peer, or the way to one, failed in an operation, and the library that ran it does not say which. */
public final class GroupBrokenException extends CollectiveException {
    public GroupBrokenException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
