package io.coxswain.worker.step;

import io.coxswain.v1.Welcome;
import java.net.SocketAddress;

/**
 * What the coordinator gave a member that it took. Immutable and thread-safe.
 *
 * @param place the place that the member holds
 * @param attempt how often the place was filled before, by the coordinator's word or as it was told
 * @param stepTarget where the step service is reached best from this host
 */
public record Admission(int place, int attempt, StepTarget stepTarget) {

    /** What a welcome gives that came from there. Looks no name up. */
    static Admission of(Welcome welcome, SocketAddress peer) {
        return new Admission(
                welcome.getPlace(), welcome.getAttempt(), StepTarget.choose(welcome.getStepSocketPath(), peer));
    }
}
