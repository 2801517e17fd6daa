package io.coxswain.worker;

/** The worker's exit codes; the README has the table of all programs. */
final class ExitCode {

    static final int OK = 0;
    /** Anything that has no code of its own. */
    static final int FAILED = 1;
    /** Flags or input refused. */
    static final int USAGE = 2;
    /** The group was aborted: a rank was lost or late. */
    static final int ABORTED = 3;
    /** A row differs from the reference. */
    static final int VERIFICATION_FAILED = 4;
    /** The coordinator does not take this worker. */
    static final int REFUSED = 5;
    /** The coordinator cannot be reached, or was lost. */
    static final int COORDINATOR_LOST = 6;
    /** The feed cannot be reached, or was lost. */
    static final int FEED_LOST = 7;
    /** The device that was asked for cannot be used. */
    static final int NO_DEVICE = 8;
    /** The group did not come together in time; a new try may succeed. */
    static final int TRY_AGAIN = 75;

    /** Ended by SIGTERM, and could not be drained. */
    static final int TERMINATED = 143;

    private ExitCode() {}
}
