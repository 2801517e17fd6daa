package io.coxswain.nccl4j;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How long a call may wait, and what ends it before. A wait asks again and again, a few times without a pause and then with short
 * ones, and never blocks in native code. Immutable; as thread-safe as its condition and its clock.
 */
public final class Wait {
    private static final int ROUNDS_WITHOUT_PAUSE = 100;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private final long nanos;
    private final BooleanSupplier goesOn;
    private final LongSupplier nanoTime;

    private Wait(long nanos, BooleanSupplier goesOn, LongSupplier nanoTime) {
        this.nanos = nanos;
        this.goesOn = goesOn;
        this.nanoTime = nanoTime;
    }

    /** Up to {@code timeout}, not negative, on the system's monotonic clock. */
    public static Wait atMost(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout is " + timeout + ", it must not be negative");
        }
        return new Wait(timeout.toNanos(), () -> true, System::nanoTime);
    }

    /**
     * The same, and only for as long as {@code condition} holds; the waiting thread asks it in every round. What the condition throws
     * ends the wait as well.
     */
    public Wait onlyWhile(BooleanSupplier condition) {
        return new Wait(nanos, condition, nanoTime);
    }

    /** The same on another monotonic clock, in nanoseconds. */
    public Wait onClock(LongSupplier clock) {
        return new Wait(nanos, goesOn, clock);
    }

    /**
     * Returns as soon as {@code done} is true.
     *
     * @param what what is waited for, for the error, for example {@code "the initialisation"}
     * @throws WaitTimeoutException if it is not true within the time
     * @throws WaitEndedException if the condition ends the wait, or the thread is interrupted
     */
    public void until(BooleanSupplier done, String what) {
        long start = nanoTime.getAsLong();
        int rounds = 0;
        while (!done.getAsBoolean()) {
            if (!goesOn.getAsBoolean()) {
                throw new WaitEndedException("waiting for " + what + " was given up");
            }
            if (nanoTime.getAsLong() - start >= nanos) {
                throw new WaitTimeoutException(
                        what + " was not done within " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms");
            }
            pause(rounds++, what);
        }
    }

    private static void pause(int round, String what) {
        if (round < ROUNDS_WITHOUT_PAUSE) {
            Thread.onSpinWait();
            return;
        }
        // An interrupted thread does not park, and would spin until the deadline.
        if (Thread.currentThread().isInterrupted()) {
            throw new WaitEndedException("waiting for " + what + " was interrupted");
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }
}
