package io.coxswain.coordinator.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a job beyond one coordinator's reign. None of it is needed for safety, for the members bring along
 * what is: it may be lost, and it may be older than the truth. Immutable.
 *
 * @param settings what is equal on all ranks; null while nobody has joined
 * @param highestEpoch no new epoch has this number or a lower one; 0 for none
 * @param epochs how many there were
 * @param restarts what is used of the budget of restarts
 * @param places those of which anything is known
 */
public record JobMemory(
        @Nullable JobSettings settings,
        long highestEpoch,
        EpochCounts epochs,
        SpentRestarts restarts,
        List<PlaceMemory> places) {

    /** Of a job that begins. */
    public static final JobMemory NONE =
            new JobMemory(null, 0, EpochCounts.NONE, new SpentRestarts(0, List.of()), List.of());

    /** Copies the list. */
    public JobMemory {
        places = List.copyOf(places);
    }

    /**
     * How many epochs there were; those that only prepared count where they were aborted.
     *
     * @param started since the job began, each once however many coordinators it had
     * @param aborted since the job began
     */
    public record EpochCounts(long started, long aborted) {

        /** Of a job that begins. */
        public static final EpochCounts NONE = new EpochCounts(0, 0);
    }

    /**
     * What is used of the budget of restarts.
     *
     * @param granted restarts since the job began
     * @param agesNanos how long ago those within the window were granted, the oldest first
     */
    public record SpentRestarts(long granted, List<Long> agesNanos) {

        /** Copies the list. */
        public SpentRestarts {
            agesNanos = List.copyOf(agesNanos);
        }
    }

    /**
     * What is known of a place.
     *
     * @param latest who held it last; null where that is not known
     * @param endedAttempt the highest attempt that is known to have ended, or -1
     * @param grantedAttempt the attempt that may be started next, where that was granted, or -1
     * @param fruitlessRestarts restarts in a row that brought no decided step
     */
    public record PlaceMemory(
            int place, @Nullable MemberId latest, int endedAttempt, int grantedAttempt, int fruitlessRestarts) {}
}
