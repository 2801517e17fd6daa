package io.coxswain.worker;

/** The collectives of an epoch could not be connected; the coordinator knows, and says what follows from it. */
final class PreparationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PreparationException(String message, Throwable cause) {
        super(message, cause);
    }
}
