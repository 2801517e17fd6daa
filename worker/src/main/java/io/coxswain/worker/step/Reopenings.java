package io.coxswain.worker.step;

import java.util.concurrent.TimeUnit;

/** When a lost step stream is opened again: after a pause that doubles, and not for ever. Not thread-safe; time comes in. */
final class Reopenings {
    private static final int MAX_IN_A_ROW = 5;
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private int inARow;

    /** A decision came, or another coordinator reigns: what broke before does not count any more. */
    void startAnew() {
        inARow = 0;
    }

    /** Whether streams have broken again and again without a decision in between. */
    boolean areExhausted() {
        return inARow == MAX_IN_A_ROW;
    }

    /** How long it pauses yet after a loss; 0 or less: the stream may be opened. */
    long pauseNanos(long lostNanos, long nowNanos) {
        return lostNanos + (FIRST_PAUSE_NANOS << inARow) - nowNanos;
    }

    void opened() {
        inARow++;
    }
}
