package io.coxswain.worker.launch;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The launcher's one place to wait: events are posted by any thread and run on the launcher's, which therefore owns all of
 * its state without a lock. Thread-safe where it says so.
 */
final class EventLoop {
    /** Far above what a launch can post: per child its end, its summary and a handful of answers. */
    private static final int CAPACITY = 65_536;

    private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>(CAPACITY);
    private final LongSupplier nanoClock;

    EventLoop(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Any thread; never blocks. */
    void post(Runnable event) {
        if (!events.offer(event)) {
            throw new IllegalStateException("more than " + CAPACITY + " events wait for the launcher");
        }
    }

    /** Runs events until {@code done}, at most for {@code limit}. Only on the launcher's thread. Answers whether it is done. */
    boolean runUntil(BooleanSupplier done, Duration limit) throws InterruptedException {
        long begin = nanoClock.getAsLong();
        while (!done.getAsBoolean()) {
            long remaining = limit.toNanos() - (nanoClock.getAsLong() - begin);
            Runnable event = remaining <= 0 ? events.poll() : events.poll(remaining, TimeUnit.NANOSECONDS);
            if (event == null) {
                return done.getAsBoolean();
            }
            event.run();
        }
        return true;
    }

    long nanoTime() {
        return nanoClock.getAsLong();
    }
}
