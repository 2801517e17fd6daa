package io.coxswain.worker.step;

/**
 * What the coordinator gave a member that it took. Immutable and thread-safe.
 *
 * @param place the place that the member holds
 * @param stepTarget where the step service is reached best from this host
 */
public record Admission(int place, StepTarget stepTarget) {}
