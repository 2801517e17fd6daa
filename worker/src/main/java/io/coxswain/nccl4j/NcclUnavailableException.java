package io.coxswain.nccl4j;

import org.jspecify.annotations.Nullable;

/** NCCL's library cannot be loaded, or is older than these bindings need; the message has the details. */
public final class NcclUnavailableException extends NcclException {
    NcclUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
