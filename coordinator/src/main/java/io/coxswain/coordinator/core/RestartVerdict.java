package io.coxswain.coordinator.core;

/**
 * Whether a place's next member may be started.
 *
 * @param nextAttempt its attempt; only where granted
 * @param fruitlessRestarts how often in a row the place was restarted before without a decided step in between
 * @param reason for people
 */
public record RestartVerdict(Kind kind, int nextAttempt, int fruitlessRestarts, String reason) {

    /** The verdicts. */
    public enum Kind {
        /** Start it. */
        GRANTED,
        /** The job has ended or fails, or the member left as it should. */
        NOT_WANTED,
        /** The budget is spent, or restarts bring no progress; the job fails. */
        REFUSED
    }
}
