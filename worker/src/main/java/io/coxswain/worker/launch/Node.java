package io.coxswain.worker.launch;

import java.io.IOException;

/** Port: the workers of one node. Never blocks; for the launcher's thread. What happens to them is heard of by {@link Listener}. */
interface Node {
    /** "node 1 (host-b, 10.0.0.2)". */
    String name();

    /** Where its processes run, for people. */
    String host();

    /**
     * Starts a worker.
     *
     * @throws IOException when its program cannot be started here
     */
    void start(ChildGroup.Seat seat) throws IOException;

    /** Ends a worker for sure. Without effect on one that has ended. */
    void kill(int place);

    /** Asks all of its workers to end. */
    void terminateAll();

    /** Ends all of its workers for sure. */
    void killAll();

    /** Hears of workers, on the launcher's thread. */
    interface Listener {
        void onWorkerStarted(ChildGroup.Seat seat, long pid);

        void onWorkerEnd(WorkerEnd end);
    }
}
