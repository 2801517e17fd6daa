package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.worker.launch.LaunchConfig.Deadlines;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the job when ranks are lost.
 *
 * @param onLoss the policy; default FAIL
 * @param minRanks the fewest ranks to go on with, 1 to all; absent: the coordinator's default
 * @param maxRestarts restarts within the window, 0 to 1,000,000; absent: the coordinator's default
 * @param waits how long the coordinator waits before it judges, by its flags; an absent one leaves it its default
 * @param coordinators replicas of the coordinator, 1, 3 or 5; default 1
 */
public record Resilience(
        OnLoss onLoss,
        @Nullable Integer minRanks,
        @Nullable Integer maxRestarts,
        Map<CoordinatorWait, Duration> waits,
        int coordinators) {
    private static final int MOST_RESTARTS = 1_000_000;
    private static final Set<Integer> COORDINATORS = Set.of(1, 3, 5);

    /** A job that fails with its first loss. */
    public static final Resilience DEFAULT = new Resilience(OnLoss.FAIL, null, null, Map.of(), 1);

    public Resilience {
        if (minRanks != null && minRanks < 1) {
            throw LaunchConfig.refused("--min-ranks", minRanks, "a whole number from 1 to the number of ranks");
        }
        if (!COORDINATORS.contains(coordinators)) {
            throw LaunchConfig.refused(
                    "--coordinators",
                    coordinators,
                    "1, 3 or 5: a leader needs more than half of them, so that one more than an odd number"
                            + " survives no more losses");
        }
        if (maxRestarts != null && (maxRestarts < 0 || maxRestarts > MOST_RESTARTS)) {
            throw LaunchConfig.refused("--max-restarts", maxRestarts, "a whole number from 0 to " + MOST_RESTARTS);
        }
        waits.forEach((wait, value) -> Deadlines.checkRange(wait.flag(), value, Duration.ofMillis(1)));
        waits = Map.copyOf(waits);
        Duration timeout = of(waits, CoordinatorWait.HEARTBEAT_TIMEOUT);
        Duration grace = of(waits, CoordinatorWait.STREAM_GRACE);
        if (timeout.compareTo(threeIntervals(waits)) < 0) {
            throw LaunchConfig.refused(
                    CoordinatorWait.HEARTBEAT_TIMEOUT.flag(),
                    DurationText.format(timeout),
                    "three times --heartbeat-interval at least, which is "
                            + DurationText.format(threeIntervals(waits)));
        }
        if (grace.compareTo(timeout) >= 0) {
            throw LaunchConfig.refused(
                    CoordinatorWait.STREAM_GRACE.flag(),
                    DurationText.format(grace),
                    "less than --heartbeat-timeout, which is " + DurationText.format(timeout));
        }
    }

    /**
     * The coordinator refuses the same, but only after it was started.
     *
     * @throws IllegalArgumentException naming the flag and what is allowed
     */
    void requireRanks(int worldSize) {
        if (minRanks != null && minRanks > worldSize) {
            throw LaunchConfig.refused(
                    "--min-ranks", minRanks, "a whole number from 1 to the number of ranks, which is " + worldSize);
        }
    }

    /** The coordinator refuses the same, but only after it was started. */
    void requireBelow(Deadlines deadlines) {
        if (threeIntervals(waits).compareTo(deadlines.step()) > 0) {
            throw LaunchConfig.refused(
                    CoordinatorWait.HEARTBEAT_INTERVAL.flag(),
                    DurationText.format(of(waits, CoordinatorWait.HEARTBEAT_INTERVAL)),
                    "a third of --step-timeout at most, which is " + DurationText.format(deadlines.step()));
        }
    }

    /** How long it is, given or not. */
    Duration wait(CoordinatorWait wait) {
        return of(waits, wait);
    }

    private static Duration threeIntervals(Map<CoordinatorWait, Duration> waits) {
        return of(waits, CoordinatorWait.HEARTBEAT_INTERVAL).multipliedBy(3);
    }

    private static Duration of(Map<CoordinatorWait, Duration> waits, CoordinatorWait wait) {
        return waits.getOrDefault(wait, wait.standard());
    }
}
