package io.coxswain.worker.step;

/** Why a wait for the coordinator ended without what was waited for. */
public abstract sealed class SessionException extends RuntimeException
        permits JoinRefusedException,
                CoordinatorLostException,
                EpochAbortedException,
                JobEndedException,
                SessionTimeoutException {
    private static final long serialVersionUID = 1;

    SessionException(String message) {
        super(message);
    }
}
