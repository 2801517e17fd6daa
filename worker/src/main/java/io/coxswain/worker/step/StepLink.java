package io.coxswain.worker.step;

/** What the streams of one step client share. */
record StepLink(DrivenLoop loop, StepCalls calls, MemberStanding standing, PhaseBoard phases, StopSwitch stops) {

    PromisedTerm term() {
        return standing.term();
    }

    Acceptance acceptance() {
        return standing.acceptance();
    }
}
