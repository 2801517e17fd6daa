package io.coxswain.worker.health;

/** Port: what can be seen of a worker from outside its threads. Any thread; does not block. */
public interface VitalSigns {

    /** As it is now. */
    Reading read();

    /** Where a worker is. */
    enum Stage {
        /** Its device is not open. */
        STARTING,
        /** In no epoch that runs: it waits for a coordinator, for others, or for the epoch that follows. */
        WAITING,
        /** In a running epoch, under a coordinator that is heard. */
        RUNNING,
        /** The same, and the last decision said that nobody has work. */
        IDLE
    }

    /** Where the thread that runs the model is. */
    enum Forward {
        /** Anywhere else; every wait there has a deadline of its own. */
        OUTSIDE,
        /** In a forward pass or a capture. */
        IN_PASS
    }

    /**
     * What is seen at a moment.
     *
     * @param epoch number of the epoch that the forward thread works on; 0: none
     * @param steps decided in it
     * @param progress a value that is another after each move of the forward thread
     * @param loopTurns how often the event loop has come round; only rises
     */
    record Reading(Stage stage, Forward forward, long epoch, long steps, Object progress, long loopTurns) {}
}
