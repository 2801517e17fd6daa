package io.coxswain.worker.collective;

/** A peer refused the connection; the message has its reason. */
public final class PeerRefusedException extends CollectiveException {
    private final int rank;

    public PeerRefusedException(int rank, String message) {
        super(message, null);
        this.rank = rank;
    }

    /** The rank that refused. */
    public int rank() {
        return rank;
    }
}
