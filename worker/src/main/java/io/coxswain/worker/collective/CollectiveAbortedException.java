package io.coxswain.worker.collective;

/** The epoch was aborted, or an earlier operation of the communicator failed, or it is closed: the message says which. */
public final class CollectiveAbortedException extends CollectiveException {
    public CollectiveAbortedException(String message) {
        super(message, null);
    }
}
