package io.coxswain.worker.step;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A value that one thread publishes and others wait on. Thread-safe. */
final class Published<T> {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private T value;

    Published(T first) {
        value = first;
    }

    void set(T next) {
        lock.lock();
        try {
            value = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    T get() {
        lock.lock();
        try {
            return value;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until {@code wanted} finds what it looks for; what it throws ends the wait.
     *
     * @return what it found; null if it found nothing within {@code atMost}
     * @throws InterruptedException if the thread is interrupted
     */
    <R> @Nullable R await(Function<T, @Nullable R> wanted, Duration atMost) throws InterruptedException {
        long remainingNanos = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                R found = wanted.apply(value);
                if (found != null || remainingNanos <= 0) {
                    return found;
                }
                remainingNanos = changed.awaitNanos(remainingNanos);
            }
        } finally {
            lock.unlock();
        }
    }
}
