package io.coxswain.worker.collective;

import org.jspecify.annotations.Nullable;

/** This side's own means failed: no socket, no port, no selector, an error of the library. No peer is to blame. */
public final class TransportException extends CollectiveException {
    public TransportException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
