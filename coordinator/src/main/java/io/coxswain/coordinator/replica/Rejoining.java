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

    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int MAX_DOUBLINGS = 3;

    private final Scheduler loop;
    private final Runnable rejoin;
    private Scheduler.@Nullable Timer timer;
    private int tries;

    Rejoining(Scheduler loop, Runnable rejoin) {
        this.loop = loop;
        this.rejoin = rejoin;
    }

    void replicas(Replicas now) {
        if (now.isMajority()) {
            tries = 0;
            if (timer != null) {
                timer.cancel();
                timer = null;
            }
        } else if (timer == null) {
            arm();
        }
    }

    private void arm() {
        timer = loop.schedule(this::again, FIRST_NANOS << Math.min(tries, MAX_DOUBLINGS));
    }

    private void again() {
        tries++;
        rejoin.run();
        arm();
    }
}
