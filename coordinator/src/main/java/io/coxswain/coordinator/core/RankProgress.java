package io.coxswain.coordinator.core;

/**
 * What a heartbeat says.
 *
 * @param lastReportedStep of the current epoch; -1 for none
 * @param lastDecidedStep of the current epoch; -1 for none
 * @param phase where the rank is in its step
 */
public record RankProgress(long lastReportedStep, long lastDecidedStep, Phase phase) {

    static final RankProgress NONE = new RankProgress(-1, -1, Phase.OUTSIDE);
}
