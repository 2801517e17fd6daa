package io.coxswain.coordinator.core;

import org.jspecify.annotations.Nullable;

/**
 * A decision with its place in the job: what all ranks get.
 *
 * @param term the term it was decided in
 * @param epoch the epoch it belongs to
 * @param step number of the agreement within the epoch
 * @param decision what was decided
 * @param revisions by rank, the revision of the report that was decided on; not to be changed
 * @param successor the epoch that follows; null unless this one ends with RECONFIGURE
 */
public record DecidedStep(
        TermId term,
        EpochId epoch,
        long step,
        Decision decision,
        int[] revisions,
        @Nullable EpochId successor) {}
