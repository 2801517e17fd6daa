package io.coxswain.worker.step;

/** The epoch is over; another membership may follow. */
public final class EpochAbortedException extends SessionException {
    private static final long serialVersionUID = 1;

    private final transient EpochAbort abort;

    EpochAbortedException(EpochAbort abort) {
        super("epoch " + abort.epoch() + " was aborted: " + abort.reason());
        this.abort = abort;
    }

    /** Epoch, culprits and reason. */
    public EpochAbort abort() {
        return abort;
    }
}
