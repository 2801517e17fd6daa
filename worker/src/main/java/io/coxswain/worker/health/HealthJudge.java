package io.coxswain.worker.health;

import io.coxswain.worker.health.VitalSigns.Forward;
import io.coxswain.worker.health.VitalSigns.Reading;
import io.coxswain.worker.health.VitalSigns.Stage;
import java.time.Duration;

/**
 * Judges a worker by what is seen of it. Readiness goes by time: whoever stood still for too long has fallen behind. Liveness goes by the
 * judge's own ticks, of which there are none while the whole process is stopped: a process that goes on after a pause has not hung.
 *
 * <p>Owned by the thread that ticks and asks; pure but for what it remembers.
 */
final class HealthJudge {

    /** As many steps may have been decided, and be on their way, before the process was stopped. */
    private static final int STEPS_UNDER_WAY = 1;
    /** A gap between two ticks after which the process has been stopped in between. */
    private static final int PAUSE_TICKS = 4;

    private static final long NONE = -1;

    private final HealthLimits limits;
    private final long tickNanos;

    private Reading last;
    private long movedNanos;
    private long tickedNanos;
    private int ticksInPass;
    private int ticksOfLoop;
    /** After a pause: where it was; what was decided by then proves nothing. */
    private long pausedEpoch = NONE;

    private long pausedSteps;
    private long ticksSincePause;

    HealthJudge(HealthLimits limits, Duration tick, Reading first, long nowNanos) {
        this.limits = limits;
        this.tickNanos = tick.toNanos();
        this.last = first;
        this.movedNanos = nowNanos;
        this.tickedNanos = nowNanos;
    }

    /** Called once per tick. */
    void tick(Reading now, long nowNanos) {
        boolean moved = !now.progress().equals(last.progress());
        ticksInPass = now.forward() == Forward.IN_PASS && !moved ? ticksInPass + 1 : 0;
        ticksOfLoop = now.loopTurns() == last.loopTurns() ? ticksOfLoop + 1 : 0;
        ticksSincePause++;
        see(now, nowNanos);
        tickedNanos = nowNanos;
    }

    private void see(Reading now, long nowNanos) {
        if (nowNanos - tickedNanos > PAUSE_TICKS * tickNanos) {
            // As it is now: by how many steps after the last tick it was stopped, nobody knows.
            pausedEpoch = now.epoch();
            pausedSteps = now.steps();
            ticksSincePause = 0;
        }
        if (!now.progress().equals(last.progress())) {
            movedNanos = nowNanos;
        }
        last = now;
    }

    /** Whether the worker serves in that respect, as it is now. */
    boolean serves(HealthService asked, Reading now, long nowNanos) {
        return switch (asked) {
            case STARTUP -> now.stage() != Stage.STARTING;
            case READINESS -> isReady(now, nowNanos);
            case LIVENESS -> isAlive();
        };
    }

    private boolean isReady(Reading now, long nowNanos) {
        boolean paused = nowNanos - tickedNanos > PAUSE_TICKS * tickNanos;
        boolean behind = now.epoch() == pausedEpoch && now.steps() <= pausedSteps + STEPS_UNDER_WAY;
        boolean moves = !now.progress().equals(last.progress())
                || nowNanos - movedNanos <= limits.progress().toNanos();
        return switch (now.stage()) {
            case STARTING, WAITING -> false;
            case RUNNING -> moves && !paused && !behind;
            case IDLE ->
                !paused && (!behind || ticksSincePause > PAUSE_TICKS); // there are no steps that could prove it
        };
    }

    private boolean isAlive() {
        return ticksInPass * tickNanos <= limits.pass().toNanos()
                && ticksOfLoop * tickNanos <= limits.loop().toNanos();
    }
}
