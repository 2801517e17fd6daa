package io.coxswain.worker.step;

/**
 * What binds a member whatever stream it speaks on: the term it has promised and the decision it accepted last. One for the whole
 * process, shared by the session and the step client. Thread-safe.
 */
public final class MemberStanding {
    private final PromisedTerm term = new PromisedTerm();
    private final Acceptance acceptance = new Acceptance();

    PromisedTerm term() {
        return term;
    }

    Acceptance acceptance() {
        return acceptance;
    }
}
