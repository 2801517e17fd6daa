package io.coxswain.nccl4j;

import org.jspecify.annotations.Nullable;

/** Something of NCCL's failed; the subclasses say what. */
public abstract sealed class NcclException extends RuntimeException
        permits CommunicatorEndedException,
                NcclStatusException,
                NcclUnavailableException,
                WaitEndedException,
                WaitTimeoutException {
    NcclException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
