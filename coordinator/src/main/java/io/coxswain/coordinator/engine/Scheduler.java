package io.coxswain.coordinator.engine;

/** One thread that runs tasks later. Called on that thread only, but for {@link #execute}; does not block. */
public interface Scheduler {

    /** Runs a task on the same thread after a delay. */
    Timer schedule(Runnable task, long delayNanos);

    /** Runs a task on that thread soon; may be called on any thread. After the thread's end, it does nothing. */
    void execute(Runnable task);

    /** Whether the caller is on that thread. */
    boolean isCurrentThread();

    /** A task that was scheduled. */
    interface Timer {
        /** Forgets the task, unless it has run. */
        void cancel();
    }
}
