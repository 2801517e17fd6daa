package io.coxswain.worker.step;

import org.jspecify.annotations.Nullable;

/** The step that a stream is at: the report on it, and the decision before it. Owned by the forward thread. */
final class OpenStep {
    private long number;
    private @Nullable StepFacts reported;
    private int revision;
    private @Nullable AgreedStep last;

    /** Number of the step that the next decision is for. */
    long number() {
        return number;
    }

    /** What was reported on it; null: nothing yet. */
    @Nullable
    StepFacts reported() {
        return reported;
    }

    /** The report that was sent last, or is to be. */
    StepMessages.ReportKey key() {
        return new StepMessages.ReportKey(number, revision);
    }

    /** The decision before; null: this is the epoch's first step. */
    @Nullable
    AgreedStep last() {
        return last;
    }

    /** Whether no step follows the last decision. */
    boolean isAfterTheEnd() {
        return last != null
                && (last.action() == AgreedStep.Action.STOP || last.action() == AgreedStep.Action.RECONFIGURE);
    }

    /**
     * The first report.
     *
     * @throws IllegalStateException if one is open, or the epoch's last decision was taken
     */
    void report(StepFacts facts) {
        if (reported != null) {
            throw new IllegalStateException("step " + number + " is reported and not decided");
        }
        if (isAfterTheEnd()) {
            throw new IllegalStateException("the epoch ended with " + last);
        }
        revision = 0;
        reported = facts;
    }

    /**
     * Asserts that the open report may be replaced by this one.
     *
     * @throws IllegalStateException if no report is open, or it had tokens
     * @throws IllegalArgumentException if the facts have neither tokens nor other votes
     */
    void requireReplaceableBy(StepFacts facts) {
        StepFacts replaced = requireReported();
        if (replaced.numTokens() > 0) {
            throw new IllegalStateException("the report of step " + number + " said " + replaced.numTokens()
                    + " tokens; only one that said 0 may be replaced");
        }
        if (facts.numTokens() == 0 && facts.votes().equals(replaced.votes())) {
            throw new IllegalArgumentException(
                    "the new report of step " + number + " has neither tokens nor other votes");
        }
    }

    void replace(StepFacts facts) {
        revision++;
        reported = facts;
    }

    /**
     * Asserts that a report is open.
     *
     * @throws IllegalStateException if none is
     */
    StepFacts requireReported() {
        if (reported == null) {
            throw new IllegalStateException("step " + number + " is not reported");
        }
        return reported;
    }

    /** Its decision was taken: the next step is open. */
    void decided(AgreedStep decision) {
        last = decision;
        reported = null;
        number++;
    }
}
