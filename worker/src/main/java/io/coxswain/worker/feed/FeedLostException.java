package io.coxswain.worker.feed;

/** The feed was not reached, its stream broke, or it said what the contract forbids; no request will come any more. */
public final class FeedLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    FeedLostException(String message) {
        super(message);
    }
}
