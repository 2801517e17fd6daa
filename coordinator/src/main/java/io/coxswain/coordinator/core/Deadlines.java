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

    /** How long survivors have to acknowledge an abort where the job fails anyway. */
    private static final long FAILING_ABORT_NANOS = 500_000_000L;

    /** A failed collective is most often the first sign of a peer's death, of which the streams tell a moment later. */
    private static final long BLAMELESS_NANOS = 300_000_000L;

    private final GroupConfig config;
    private final GroupConfig.Timeouts timeouts;
    private long stateNanos;
    private long stepSinceNanos;
    private long stepNanos = NONE;
    private long graceNanos = NONE;
    private long planNanos = NONE;
    private long collectiveNanos = NONE;
    private long heartbeatNanos;

    Deadlines(GroupConfig config, long nowNanos) {
        this.config = config;
        this.timeouts = config.timeouts();
        this.stateNanos = nowNanos + timeouts.joinNanos();
        this.heartbeatNanos = nowNanos + timeouts.heartbeatIntervalNanos();
    }

    /** Starts the deadline of a state, and ends those of the one before. */
    void entered(GroupState state, long nowNanos) {
        stepNanos = NONE;
        collectiveNanos = NONE;
        stateNanos = switch (state) {
            case JOINING -> nowNanos + timeouts.joinNanos();
            case REATTACHING -> nowNanos + timeouts.reattachNanos();
            case PREPARING -> nowNanos + timeouts.prepareNanos();
            case ABORTING -> nowNanos + abortNanos();
            case WAITING -> nowNanos + timeouts.waitNanos();
            case RUNNING, DEPOSED, STOPPED, FAILED -> NONE;
        };
    }

    /** The state's deadline is no later than that. */
    void endStateBy(long nanos) {
        stateNanos = Math.min(stateNanos, nanos);
    }

    /** A survivor answers at once, unless it is paused, which is no death below the limit of silence. */
    private long abortNanos() {
        return config.resilience().onLoss() == OnLoss.FAIL ? FAILING_ABORT_NANOS : timeouts.heartbeatTimeoutNanos();
    }

    void waitForStep(long nowNanos, long atMostNanos) {
        stepSinceNanos = nowNanos;
        stepNanos = nowNanos + atMostNanos;
    }

    /** Waits for the step that follows a decision, for as long as what was decided may take. */
    void waitForStepAfter(Action decided, long nowNanos) {
        switch (decided) {
            case RUN -> waitForStep(nowNanos, timeouts.stepNanos());
            case CAPTURE -> waitForStep(nowNanos, timeouts.firstStepNanos());
            case IDLE -> stepNanos = NONE; // nobody needs to have work
            case STOP, RECONFIGURE -> throw new IllegalStateException("no step of the epoch follows " + decided);
        }
    }

    boolean waitsForStep() {
        return stepNanos != NONE;
    }

    /** Whether the open step has been waited for so long that people want to know for whom. */
    boolean waitsForStepLongerThan(long nanos, long nowNanos) {
        return waitsForStep() && nowNanos - stepSinceNanos >= nanos;
    }

    void planUntil(long nanos) {
        planNanos = nanos;
    }

    boolean planIsOver(long nowNanos) {
        boolean over = nowNanos >= planNanos;
        if (over) {
            planNanos = NONE;
        }
        return over;
    }

    /** A collective has failed: unless somebody turns out to be lost, nobody is to blame. */
    void collectiveFailed(long nowNanos) {
        if (collectiveNanos == NONE) {
            collectiveNanos = nowNanos + timeouts.streamGraceNanos() + BLAMELESS_NANOS;
        }
    }

    boolean isCollectiveFailed() {
        return collectiveNanos != NONE;
    }

    boolean collectiveGraceIsOver(long nowNanos) {
        return nowNanos >= collectiveNanos;
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
        long ofState = Math.min(Math.min(stateNanos, stepNanos), Math.min(graceNanos, heartbeatNanos));
        return Math.min(ofState, Math.min(planNanos, collectiveNanos));
    }

    /** The time this process seems to have been paused, by which all deadlines have been moved; mostly 0. */
    long forgivePause(long nowNanos) {
        long late = nowNanos - nextNanos();
        if (late < PAUSE_NANOS) {
            return 0;
        }
        stateNanos = later(stateNanos, late);
        stepNanos = later(stepNanos, late);
        stepSinceNanos += late;
        graceNanos = later(graceNanos, late);
        planNanos = later(planNanos, late);
        collectiveNanos = later(collectiveNanos, late);
        return late;
    }

    private static long later(long deadline, long by) {
        return deadline == NONE ? NONE : deadline + by;
    }
}
