package io.coxswain.worker.step;

import java.time.Duration;

/** What was waited for did not come in time; the session goes on. */
public final class SessionTimeoutException extends SessionException {
    private static final long serialVersionUID = 1;

    SessionTimeoutException(String what, Duration waited) {
        super(what + " did not come from the coordinator within " + waited);
    }
}
