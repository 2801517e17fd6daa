package io.coxswain.coordinator.engine;

/** One thread that runs tasks later. Called on that thread only; does not block. */
public interface Scheduler {

    /** Runs a task on the same thread after a delay. */
    Timer schedule(Runnable task, long delayNanos);

    /** Whether the caller is on that thread. */
    boolean isCurrentThread();

    /** A task that was scheduled. */
    interface Timer {
        /** Forgets the task, unless it has run. */
        void cancel();
    }
}
