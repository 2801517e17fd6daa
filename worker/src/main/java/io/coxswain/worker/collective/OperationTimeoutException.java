package io.coxswain.worker.collective;

import java.util.List;

/** An operation was not done within its time. */
public final class OperationTimeoutException extends CollectiveException {
    private final transient List<Integer> pendingRanks;

    public OperationTimeoutException(List<Integer> pendingRanks, String message) {
        super(message, null);
        this.pendingRanks = List.copyOf(pendingRanks);
    }

    /** Ranks that have not sent or not taken everything, in rising order; empty where the library does not say. */
    public List<Integer> pendingRanks() {
        return pendingRanks;
    }
}
