package io.coxswain.nccl4j;

/** What was waited for did not come within its time. It may still come. */
public final class WaitTimeoutException extends NcclException {
    WaitTimeoutException(String message) {
        super(message, null);
    }
}
