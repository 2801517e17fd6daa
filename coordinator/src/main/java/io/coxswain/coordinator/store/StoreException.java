package io.coxswain.coordinator.store;

/** The store did not do what it was asked to, or not in time. */
public final class StoreException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * @param message what failed, for people
     */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
