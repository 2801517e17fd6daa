package io.coxswain.worker.step;

/** What the streams of one step client share. */
record StepLink(DrivenLoop loop, StepTarget target, PromisedTerm term, PhaseBoard phases, StopSwitch stops) {}
