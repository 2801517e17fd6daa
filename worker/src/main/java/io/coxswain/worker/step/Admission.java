package io.coxswain.worker.step;

import io.coxswain.v1.Welcome;

/**
 * What the coordinator gave a member that it took. Immutable and thread-safe.
 *
 * @param place the place that the member holds
 * @param stepTarget where the step service is reached best from this host
 */
public record Admission(int place, StepTarget stepTarget) {

    /** What a welcome of the configured coordinator gives. May look up its host, which may block. */
    static Admission of(Welcome welcome, SessionConfig config) {
        return new Admission(
                welcome.getPlace(), StepTarget.choose(welcome.getStepSocketPath(), config.host(), config.port()));
    }
}
