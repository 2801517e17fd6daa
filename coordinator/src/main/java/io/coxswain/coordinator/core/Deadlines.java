package io.coxswain.coordinator.core;

/**
 * What the group waits for, and until when. Owned by the group that holds it.
 *
 * <p>A process that was paused must not blame others for its own absence: a tick that comes much later than it was due
 * moves every deadline by the time lost, and what is in the sockets is read before the next one.
 */
final class Deadlines {

    static final long NONE = Long.MAX_VALUE;

    /** A tick later than this is taken for a pause of this process. */
    private static final long PAUSE_NANOS = 1_000_000_000L;

    /** How long survivors have to acknowledge an abort. */
    private static final long ABORT_NANOS = 500_000_000L;

    private final GroupConfig.Timeouts timeouts;
    private long stateNanos;
    private long stepNanos = NONE;
    private long graceNanos = NONE;
    private long heartbeatNanos;

    Deadlines(GroupConfig.Timeouts timeouts, long nowNanos) {
        this.timeouts = timeouts;
        this.stateNanos = nowNanos + timeouts.joinNanos();
        this.heartbeatNanos = nowNanos + timeouts.heartbeatIntervalNanos();
    }

    /** Starts the deadline of a state, and ends those of the one before. */
    void entered(GroupState state, long nowNanos) {
        stepNanos = NONE;
        stateNanos = switch (state) {
            case JOINING -> nowNanos + timeouts.joinNanos();
            case PREPARING -> nowNanos + timeouts.prepareNanos();
            case ABORTING -> nowNanos + ABORT_NANOS;
            case RUNNING, STOPPED, FAILED -> NONE;
        };
    }

    void waitForStep(long untilNanos) {
        stepNanos = untilNanos;
    }

    boolean waitsForStep() {
        return stepNanos != NONE;
    }

    void graceUntil(long nanos) {
        graceNanos = Math.min(graceNanos, nanos);
    }

    boolean graceIsOver(long nowNanos) {
        boolean over = nowNanos >= graceNanos;
        if (over) {
            graceNanos = NONE;
        }
        return over;
    }

    boolean stateIsOver(long nowNanos) {
        return nowNanos >= stateNanos;
    }

    boolean stepIsOver(long nowNanos) {
        return nowNanos >= stepNanos;
    }

    boolean heartbeatIsDue(long nowNanos) {
        if (nowNanos < heartbeatNanos) {
            return false;
        }
        heartbeatNanos = nowNanos + timeouts.heartbeatIntervalNanos();
        return true;
    }

    long nextNanos() {
        return Math.min(Math.min(stateNanos, stepNanos), Math.min(graceNanos, heartbeatNanos));
    }

    /** The time this process seems to have been paused, by which all deadlines have been moved; mostly 0. */
    long forgivePause(long nowNanos) {
        long late = nowNanos - nextNanos();
        if (late < PAUSE_NANOS) {
            return 0;
        }
        stateNanos = later(stateNanos, late);
        stepNanos = later(stepNanos, late);
        graceNanos = later(graceNanos, late);
        return late;
    }

    private static long later(long deadline, long by) {
        return deadline == NONE ? NONE : deadline + by;
    }
}
