package io.coxswain.worker.step;

/** The coordinator was not reached, is not heard any more, or said what the contract forbids. */
public final class CoordinatorLostException extends SessionException {
    private static final long serialVersionUID = 1;

    CoordinatorLostException(String message) {
        super(message);
    }
}
