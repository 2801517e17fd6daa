package io.coxswain.worker.step;

import java.util.EnumSet;
import java.util.Set;

/** Where a session with the coordinator is; the package's description draws the graph. */
public enum SessionState {
    /** Hello is sent, or will be as soon as there is a connection. */
    CONNECTING,
    /** The member holds its place, and is in no epoch. */
    WAITING,
    /** The epoch's collectives are being connected. */
    PREPARING,
    /** The epoch's steps go on. */
    RUNNING,
    /** The control stream is lost, and another is being opened. */
    DETACHED,
    /** The coordinator did not take the member, or takes it for lost. Final. */
    REFUSED,
    /** The job has ended. Final. */
    ENDED,
    /** The member has gone of its own accord. Final. */
    LEFT,
    /** The coordinator is not heard any more, or said what the contract forbids. Final. */
    LOST;

    /** Whether nothing comes after it. */
    public boolean isFinal() {
        return next().isEmpty();
    }

    boolean allows(SessionState next) {
        return next().contains(next);
    }

    private Set<SessionState> next() {
        return switch (this) {
            case CONNECTING -> EnumSet.of(WAITING, REFUSED, ENDED, LEFT, LOST);
            case WAITING -> EnumSet.of(WAITING, PREPARING, DETACHED, REFUSED, ENDED, LEFT, LOST);
            case PREPARING -> EnumSet.of(WAITING, PREPARING, RUNNING, DETACHED, REFUSED, ENDED, LEFT, LOST);
            case RUNNING -> EnumSet.of(WAITING, PREPARING, RUNNING, DETACHED, REFUSED, ENDED, LEFT, LOST);
            case DETACHED -> EnumSet.of(WAITING, PREPARING, RUNNING, REFUSED, ENDED, LEFT, LOST);
            case REFUSED, ENDED, LEFT, LOST -> Set.of();
        };
    }
}
