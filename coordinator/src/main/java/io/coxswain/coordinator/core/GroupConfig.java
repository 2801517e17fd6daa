package io.coxswain.coordinator.core;

/**
 * The coordinator's part of the job's configuration; all times in nanoseconds.
 *
 * @param job the job's name
 * @param worldSize ranks of the job
 * @param timeouts how long it waits for what
 */
public record GroupConfig(String job, int worldSize, Timeouts timeouts) {

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
     */
    public record Timeouts(
            long joinNanos,
            long prepareNanos,
            long firstStepNanos,
            long stepNanos,
            long heartbeatIntervalNanos,
            long heartbeatTimeoutNanos,
            long streamGraceNanos) {}
}
