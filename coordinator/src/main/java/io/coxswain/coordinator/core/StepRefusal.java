package io.coxswain.coordinator.core;

/**
 * Why a report cannot be taken.
 *
 * @param kind what is wrong with it
 * @param step the report's step
 * @param reason for people: the field, the value and what is allowed
 */
public record StepRefusal(Kind kind, long step, String reason) {

    /** The kinds of refusal. */
    public enum Kind {
        /** The step was decided before. */
        ALREADY_DECIDED,
        /** The rank has reported this step with other content. */
        CONTRADICTION,
        /** A step after the open one. */
        TOO_EARLY,
        /** Of a term or an epoch that is over. */
        STALE,
        /** A value out of range. */
        INVALID
    }
}
