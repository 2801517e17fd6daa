package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.store.Replicas;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Joins again when no majority is seen for a while. Hazelcast would bring separated members together by itself, but only after
 * minutes, in which one more loss would leave the job without a leader. Owned by the event loop.
 */
final class Rejoining {

    /** So long a replica that lost the others waits for them: they may be started again, and join it for what it knows. */
    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int MAX_DOUBLINGS = 3;

    /** Hazelcast drops a member after five seconds without a heartbeat, and looks once a second. */
    static final long DROPPED_NANOS = TimeUnit.SECONDS.toNanos(6);

    /** Until Hazelcast sees here, too, that the others are gone: it begins to wait for heartbeats anew when it wakes up. */
    private static final long NOTICED_NANOS = TimeUnit.SECONDS.toNanos(20);

    private static final long AT_ONCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Scheduler loop;
    private final Runnable rejoin;
    private Scheduler.@Nullable Timer timer;
    private Scheduler.@Nullable Timer pauseTimer;
    private boolean isMajority = true;
    private int tries;

    Rejoining(Scheduler loop, Runnable rejoin) {
        this.loop = loop;
        this.rejoin = rejoin;
    }

    void replicas(Replicas now) {
        isMajority = now.isMajority();
        if (isMajority) {
            tries = 0;
            forget();
        } else if (timer == null) {
            arm();
        }
    }

    /**
     * This process stood still for so long that the others have dropped it: they went on without it, and do not come to it. Where
     * all stood still, nobody was dropped, and all see each other.
     */
    void stoodStill() {
        if (pauseTimer != null) {
            pauseTimer.cancel();
        }
        pauseTimer = loop.schedule(() -> pauseTimer = null, NOTICED_NANOS);
        if (!isMajority) {
            forget();
            arm();
        }
    }

    private void forget() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void arm() {
        boolean isLeftBehind = pauseTimer != null && tries == 0;
        timer = loop.schedule(
                this::again, isLeftBehind ? AT_ONCE_NANOS : FIRST_NANOS << Math.min(tries, MAX_DOUBLINGS));
    }

    private void again() {
        tries++;
        rejoin.run();
        arm();
    }
}
