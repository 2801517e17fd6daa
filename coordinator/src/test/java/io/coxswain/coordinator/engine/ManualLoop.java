package io.coxswain.coordinator.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** A scheduler and its clock, moved by hand. Belongs to the thread that made it. */
final class ManualLoop implements Scheduler, LongSupplier {

    /** A task that was scheduled, with the time at which it is due. */
    private static final class Task implements Timer {
        private final Runnable action;
        private final long dueNanos;
        private boolean cancelled;

        Task(Runnable action, long dueNanos) {
            this.action = action;
            this.dueNanos = dueNanos;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private final Thread owner = Thread.currentThread();
    private final List<Task> tasks = new ArrayList<>();
    private long nowNanos;
    private int scheduled;

    ManualLoop(long nowNanos) {
        this.nowNanos = nowNanos;
    }

    @Override
    public Timer schedule(Runnable action, long delayNanos) {
        Task task = new Task(action, nowNanos + delayNanos);
        tasks.add(task);
        scheduled++;
        return task;
    }

    @Override
    public void execute(Runnable action) {
        schedule(action, 0);
    }

    @Override
    public boolean isCurrentThread() {
        return Thread.currentThread() == owner;
    }

    @Override
    public long getAsLong() {
        return nowNanos;
    }

    /** Moves the clock without running what is due: the thread is busy. */
    void pass(long nanos) {
        nowNanos += nanos;
    }

    /** Moves the clock to the only timer and runs it. */
    void fireNext() {
        List<Task> open = open();
        if (open.size() != 1) {
            throw new AssertionError(open.size() + " timers are set");
        }
        Task next = open.get(0);
        tasks.remove(next);
        nowNanos = Math.max(nowNanos, next.dueNanos);
        next.action.run();
    }

    /** When the timers that are set and not cancelled are due, from now. */
    List<Long> delays() {
        return open().stream().map(task -> task.dueNanos - nowNanos).toList();
    }

    /** How often a timer was set, cancelled ones included. */
    int scheduled() {
        return scheduled;
    }

    private List<Task> open() {
        return tasks.stream().filter(task -> !task.cancelled).toList();
    }
}
