package io.coxswain.nccl4j;

/** A wait was ended by its condition, or by an interrupt, which stays set. What was waited for may still come. */
public final class WaitEndedException extends NcclException {
    WaitEndedException(String message) {
        super(message, null);
    }
}
