package io.coxswain.coordinator.core;

/**
 * The coordinator's part of the job's configuration; all times in nanoseconds.
 *
 * @param job the job's name
 * @param worldSize places of the job, and ranks of a complete group
 * @param timeouts how long it waits for what
 * @param resilience what becomes of it when ranks are lost
 */
public record GroupConfig(String job, int worldSize, Timeouts timeouts, Resilience resilience) {

    /** The fewest ranks a group may have: the quorum, which a single coordinator does not need, and the job's minimum. */
    int requiredRanks() {
        int quorum = worldSize / 2 + 1;
        return switch (resilience.coordinators()) {
            case SINGLE -> resilience.minRanks();
            case REPLICATED -> Math.max(resilience.minRanks(), quorum);
        };
    }

    /** Whether another coordinator might reign at the same time. */
    public enum Coordinators {
        /** There is one, ever. */
        SINGLE,
        /** Others may take over: a group needs a quorum of the places. */
        REPLICATED
    }

    /**
     * What becomes of a job that loses ranks.
     *
     * @param onLoss the policy
     * @param minRanks the fewest ranks it may go on with, 1 to the world size
     * @param coordinators whether a quorum is needed
     * @param restarts how often workers may be restarted
     */
    public record Resilience(OnLoss onLoss, int minRanks, Coordinators coordinators, RestartLimits restarts) {

        /** A job that fails with its first loss. */
        public static Resilience failing(int worldSize) {
            return new Resilience(OnLoss.FAIL, worldSize, Coordinators.SINGLE, RestartLimits.NONE);
        }
    }

    /**
     * How often workers may be restarted, all places together.
     *
     * @param max restarts within the window
     * @param windowNanos length of the sliding window
     * @param maxFruitless restarts of one place in a row without a decided step in between
     */
    public record RestartLimits(int max, long windowNanos, int maxFruitless) {

        /** Never. */
        public static final RestartLimits NONE = new RestartLimits(0, 1, 0);
    }

    /**
     * How long the coordinator waits, in nanoseconds.
     *
     * @param joinNanos for all ranks to come
     * @param prepareNanos for all ranks to connect their collectives
     * @param firstStepNanos for all ranks to report the first step of an epoch and to finish a capture
     * @param stepNanos from a decision to all reports of the next step
     * @param heartbeatIntervalNanos between two heartbeats
     * @param heartbeatTimeoutNanos of silence on a control stream
     * @param streamGraceNanos for a closed control stream to be opened again
     * @param waitNanos for a lost rank's next member
     * @param reattachNanos for all members of an inherited epoch to come to a new coordinator; also how long a member without
     *     a coordinator stays in its epoch
     */
    public record Timeouts(
            long joinNanos,
            long prepareNanos,
            long firstStepNanos,
            long stepNanos,
            long heartbeatIntervalNanos,
            long heartbeatTimeoutNanos,
            long streamGraceNanos,
            long waitNanos,
            long reattachNanos) {}
}
