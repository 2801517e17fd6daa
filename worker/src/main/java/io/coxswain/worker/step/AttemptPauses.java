package io.coxswain.worker.step;

import java.time.Duration;

/**
 * How long a member that has lost its coordinator waits before each try. The first goes at once: a leader that hands over has a
 * successor, and the call waits for that one by itself. Only where streams break again and again do the pauses grow. Not
 * thread-safe.
 */
final class AttemptPauses {
    private static final Duration SHORTEST = Duration.ofMillis(20);
    private static final Duration LONGEST = Duration.ofMillis(500);

    private Duration next = Duration.ZERO;

    Duration next() {
        Duration pause = next;
        Duration doubled = pause.isZero() ? SHORTEST : pause.multipliedBy(2);
        next = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        return pause;
    }

    /** There is a coordinator again. */
    void startAnew() {
        next = Duration.ZERO;
    }
}
