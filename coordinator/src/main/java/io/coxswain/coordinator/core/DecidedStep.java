package io.coxswain.coordinator.core;

/**
 * A decision with its place in the job: what all ranks get.
 *
 * @param term the term it was decided in
 * @param epoch the epoch it belongs to
 * @param step number of the agreement within the epoch
 * @param decision what was decided
 * @param revisions by rank, the revision of the report that was decided on; not to be changed
 */
public record DecidedStep(TermId term, EpochId epoch, long step, Decision decision, int[] revisions) {}
