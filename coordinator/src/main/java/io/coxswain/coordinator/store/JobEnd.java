package io.coxswain.coordinator.store;

/**
 * How a job has ended.
 *
 * @param reason for people
 */
public record JobEnd(Kind kind, String reason) {

    /** Well or not. */
    public enum Kind {
        STOPPED,
        FAILED
    }
}
