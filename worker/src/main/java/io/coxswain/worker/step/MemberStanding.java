package io.coxswain.worker.step;

import io.coxswain.v1.Action;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepReport;
import org.jspecify.annotations.Nullable;

/**
 * What holds of a member whatever stream it speaks on: the term it has promised, the decision it accepted last, and the graphs it
 * has. One for the whole process, shared by the session and the step client. Thread-safe.
 */
public final class MemberStanding {
    private final PromisedTerm term;
    private final Acceptance acceptance = new Acceptance();
    private volatile @Nullable CapturedGraphs captured;

    public MemberStanding() {
        this(new PromisedTerm());
    }

    private MemberStanding(PromisedTerm term) {
        this.term = term;
    }

    /** Of the same member with the same promise, for steps that nobody else hears of. */
    MemberStanding rehearsing() {
        return new MemberStanding(term);
    }

    PromisedTerm term() {
        return term;
    }

    Acceptance acceptance() {
        return acceptance;
    }

    /** Whether the last decision said that nobody has work, and this member has none either since. Any thread. */
    public boolean waitsForWork() {
        Acceptance.State now = acceptance.state();
        StepDecision last = now.accepted();
        StepReport open = now.open();
        return last != null && last.getAction() == Action.ACTION_IDLE && (open == null || open.getNumTokens() == 0);
    }

    /** The graphs it has said it has; null where it has said nothing since its first hello. */
    @Nullable
    CapturedGraphs captured() {
        return captured;
    }

    void captured(CapturedGraphs graphs) {
        captured = graphs;
    }
}
