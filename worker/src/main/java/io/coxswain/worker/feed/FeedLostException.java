package io.coxswain.worker.feed;

/** The feed was not reached or could not be reached again, refused this member, or said what the contract forbids; no request will come any more. */
public final class FeedLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    FeedLostException(String message) {
        super(message);
    }
}
