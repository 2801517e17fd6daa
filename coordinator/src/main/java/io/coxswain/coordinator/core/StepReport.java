package io.coxswain.coordinator.core;

import org.jspecify.annotations.Nullable;

/**
 * What a rank says before a step.
 *
 * @param term the term it follows
 * @param epoch the epoch it is in
 * @param step number of the agreement within the epoch
 * @param revision 0, or higher where it replaces a report of zero tokens
 * @param facts its batch
 * @param captured its graphs, where they have changed
 */
public record StepReport(
        TermId term,
        EpochId epoch,
        long step,
        int revision,
        RankFacts facts,
        @Nullable CapturedSet captured) {}
