package io.coxswain.worker.collective;

import java.util.List;

/** Not all ranks were there at the connect deadline. */
public final class ConnectTimeoutException extends CollectiveException {
    private final transient List<Integer> missingRanks;

    public ConnectTimeoutException(List<Integer> missingRanks, String message) {
        super(message, null);
        this.missingRanks = List.copyOf(missingRanks);
    }

    /** Ranks without a connection, in rising order. */
    public List<Integer> missingRanks() {
        return missingRanks;
    }
}
