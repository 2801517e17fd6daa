package io.coxswain.worker.collective;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A point in time on a monotonic clock. Immutable. For implementations of the port. */
public final class Deadline {
    private final LongSupplier nanoTime;
    private final long endNanos;

    private Deadline(LongSupplier nanoTime, long endNanos) {
        this.nanoTime = nanoTime;
        this.endNanos = endNanos;
    }

    /** The point {@code duration} from now on. */
    public static Deadline after(Duration duration, LongSupplier nanoTime) {
        return new Deadline(nanoTime, nanoTime.getAsLong() + duration.toNanos());
    }

    /** Rounded up, so that a wait of this length does not end before the deadline; zero when it has passed. */
    public long millisLeft() {
        long left = endNanos - nanoTime.getAsLong();
        return left <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(left) + 1;
    }

    /** The time until it, zero when it has passed. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, endNanos - nanoTime.getAsLong()));
    }

    /** Whether it is over. */
    public boolean hasPassed() {
        return endNanos - nanoTime.getAsLong() <= 0;
    }
}
