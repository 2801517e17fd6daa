package io.coxswain.worker.launch;

import java.time.Duration;

/**
 * Watches over one that is to be heard of again and again. Judges nobody by a pause of this process itself: after one it counts
 * anew. Not thread-safe.
 */
final class Silence {
    private final Duration limit;
    private long heardNanos;
    private long lookedNanos;

    Silence(Duration limit, long nowNanos) {
        this.limit = limit;
        this.heardNanos = nowNanos;
        this.lookedNanos = nowNanos;
    }

    void heard(long nowNanos) {
        heardNanos = nowNanos;
    }

    /** To be asked several times within the limit. */
    boolean isTooLong(long nowNanos) {
        if (nowNanos - lookedNanos > limit.toNanos() / 2) {
            heardNanos = nowNanos;
        }
        lookedNanos = nowNanos;
        return nowNanos - heardNanos > limit.toNanos();
    }
}
