package io.coxswain.worker.step;

/** Why there is no decision. The kind is for programs, the message for people. */
public final class StepException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What happened. */
    public enum Kind {
        /** The wait was ended from this process: the epoch was aborted, the job has ended, the coordinator is lost. */
        STOPPED,
        /** No decision came in time. */
        TIMED_OUT,
        /** The coordinator did not take a report. */
        REFUSED,
        /** The coordinator ended the stream since the epoch is over; the control stream tells more. */
        EPOCH_ENDED,
        /** The stream broke, or was never there. */
        STREAM_LOST,
        /** A coordinator spoke that this member must not listen to any more. */
        STALE_TERM,
        /** The coordinator said what the contract forbids. */
        CONTRACT_BROKEN
    }

    private final Kind kind;

    StepException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What happened. */
    public Kind kind() {
        return kind;
    }
}
