package io.coxswain.worker.step;

/** What the streams of one step client share. */
record StepLink(
        DrivenLoop loop,
        StepCalls calls,
        PromisedTerm term,
        PhaseBoard phases,
        StopSwitch stops,
        Acceptance acceptance) {}
