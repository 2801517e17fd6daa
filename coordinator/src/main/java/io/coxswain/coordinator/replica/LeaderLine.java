package io.coxswain.coordinator.replica;

/** A connection to another replica's services, by which its end is seen at once. Called on the event loop; does not block. */
public interface LeaderLine {

    /**
     * Keeps a connection.
     *
     * @param address host:port
     * @param onBroken called once, on the event loop, when an established connection broke; not where there never was one
     */
    Line open(String address, Runnable onBroken);

    /** An open connection. */
    interface Line {
        /** Closes it; whoever opened it is not called any more. */
        void close();
    }
}
