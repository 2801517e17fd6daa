package io.coxswain.nccl4j;

/** The communicator was aborted, finalized or destroyed before the call, which did not reach NCCL. */
public final class CommunicatorEndedException extends NcclException {
    CommunicatorEndedException(String message) {
        super(message, null);
    }
}
