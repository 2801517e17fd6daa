package io.coxswain.worker.collective;

/** This side's own means failed: no socket, no port, no selector. No peer is to blame. */
public final class TransportException extends CollectiveException {
    public TransportException(String message, Throwable cause) {
        super(message, cause);
    }
}
