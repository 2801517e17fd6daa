package io.coxswain.coordinator.store;

import java.net.BindException;

/** Whether something has failed because another process has a port. Stateless. */
public final class TakenPort {

    private TakenPort() {}

    /**
     * Looks at the failure and all of its causes.
     *
     * @param text what a library says that has an exception of its own for it
     */
    public static boolean isWhy(Throwable failed, String text) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException
                    || String.valueOf(cause.getMessage()).contains(text)) {
                return true;
            }
        }
        return false;
    }
}
