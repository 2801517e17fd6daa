package io.coxswain.coordinator.core;

/**
 * A world of one that agrees with itself: the same code as a job's steps, for ranks that want it compiled before their
 * first step. Not thread-safe: one thread owns it.
 */
public final class Rehearsal {

    private static final int MAX_TOKENS = 1 << 20;
    private static final long NO_TIME = 0;

    private final StepBarrier barrier = new StepBarrier(
            new JobSettings(1, DecisionSettings.defaults(), MAX_TOKENS, java.util.Map.of()),
            new CapturedSet[] {CapturedSet.ALL},
            CapturePace.WHILE_SERVING);

    /**
     * Decides on one report; its step number is the rehearsal's own affair and is not looked at.
     *
     * @throws IllegalArgumentException if the report's facts are out of range
     */
    public DecidedStep answer(StepReport report) {
        StepReport next =
                new StepReport(report.term(), report.epoch(), barrier.openStep(), 0, report.facts(), report.captured());
        StepBarrier.Outcome outcome = barrier.report(0, next, NO_TIME);
        if (outcome != StepBarrier.Outcome.COMPLETE) {
            throw new IllegalArgumentException(
                    outcome == StepBarrier.Outcome.REFUSED ? barrier.refusal().reason() : "a rehearsal needs tokens");
        }
        return barrier.decide(report.term(), report.epoch());
    }
}
