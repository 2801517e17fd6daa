package io.coxswain.sim;

import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;

/**
 * How a stream ended.
 *
 * @param kind whether it may be opened again
 * @param reason for people
 */
record Closing(Kind kind, String reason) {

    /** The ways. */
    enum Kind {
        /** It broke, its other end died, or it was refused. */
        LOST,
        /** As both ends know, there is nothing left to say on it. */
        DONE
    }

    static Closing lost(String reason) {
        return new Closing(Kind.LOST, reason);
    }

    static Closing done(String reason) {
        return new Closing(Kind.DONE, reason);
    }

    static Closing of(CloseKind kind, String reason) {
        return switch (kind) {
            case REFUSED -> lost("refused: " + reason);
            case EPOCH_OVER, RECONFIGURED, STOPPED -> done(reason);
        };
    }
}
