package io.coxswain.worker.step;

/** The job has ended. */
public final class JobEndedException extends SessionException {
    private static final long serialVersionUID = 1;

    private final transient JobEnd end;

    JobEndedException(JobEnd end) {
        super("the job has ended (" + end.outcome() + "): " + end.reason());
        this.end = end;
    }

    /** Outcome, reason and culprits. */
    public JobEnd end() {
        return end;
    }
}
