package io.coxswain.worker.collective;

/** A peer runs another operation, or one of another size; the message has both. */
public final class CollectiveMismatchException extends CollectiveException {
    private final int rank;

    public CollectiveMismatchException(int rank, String message) {
        super(message, null);
        this.rank = rank;
    }

    /** The peer that disagrees with this rank. */
    public int rank() {
        return rank;
    }
}
