package io.coxswain.worker.collective;

import org.jspecify.annotations.Nullable;

/** The connection to a peer ended or could not be made: its process died, or the network did. */
public final class PeerLostException extends CollectiveException {
    private final int rank;

    public PeerLostException(int rank, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.rank = rank;
    }

    /** The rank that was lost. */
    public int rank() {
        return rank;
    }
}
