package io.coxswain.sim;

import io.coxswain.coordinator.core.GroupConfig.Timeouts;
import java.util.Locale;

/** Times of the simulation, in virtual nanoseconds. */
final class Times {

    static final long MICRO = 1_000L;
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    /** The coordinator's defaults. */
    static final Timeouts TIMEOUTS = new Timeouts(
            300 * SECOND,
            60 * SECOND,
            60 * SECOND,
            10 * SECOND,
            500 * MILLI,
            5 * SECOND,
            200 * MILLI,
            120 * SECOND,
            10 * SECOND);

    /** How long a worker goes on without a coordinator before it gives up. */
    static final long GIVE_UP = 120 * SECOND;

    /** More than the deadlines that a job can run into between two decided steps once nothing disturbs it. */
    static final long LONGEST_STANDSTILL = 75 * SECOND;

    /** A replica that is started again, the time-to-live, and a store that answers late. */
    static final long LONGEST_WITHOUT_LEADER = 30 * SECOND;

    /** After the job's end a worker may still wait for a group to come together, or look for a coordinator. */
    static final long LONGEST_FAREWELL = TIMEOUTS.joinNanos() + GIVE_UP;

    private Times() {}

    /** "12.345678 s". */
    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%d.%06d s", nanos / SECOND, nanos % SECOND / MICRO);
    }
}
