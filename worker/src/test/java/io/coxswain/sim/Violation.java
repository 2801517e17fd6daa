package io.coxswain.sim;

/** An invariant does not hold. */
final class Violation extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final Invariant invariant;

    Violation(Invariant invariant, String what) {
        super(invariant + " (" + invariant.text() + "): " + what);
        this.invariant = invariant;
    }

    Violation(Invariant invariant, String what, Throwable cause) {
        this(invariant, what);
        initCause(cause);
    }

    Invariant invariant() {
        return invariant;
    }
}
