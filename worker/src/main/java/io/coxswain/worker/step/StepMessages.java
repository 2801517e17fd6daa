package io.coxswain.worker.step;

import io.coxswain.v1.StepOpen;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepUp;
import io.coxswain.v1.Term;

/** What a rank says on a step stream. Stateless. */
final class StepMessages {

    private StepMessages() {}

    static StepUp open(StepSeat seat, int session) {
        return StepUp.newBuilder()
                .setOpen(StepOpen.newBuilder()
                        .setJob(seat.job())
                        .setMember(seat.member())
                        .setPlace(seat.place())
                        .setEpoch(seat.epoch())
                        .setSession(session))
                .build();
    }

    /**
     * Which report of which step one is.
     *
     * @param revision 0, or higher where it replaces a report of zero tokens
     */
    record ReportKey(long step, int revision) {}

    static StepReport report(StepSeat seat, Term term, ReportKey key, StepFacts facts) {
        StepReport.Builder report = StepReport.newBuilder()
                .setTerm(term)
                .setEpoch(seat.epoch())
                .setStep(key.step())
                .setRevision(key.revision())
                .setNumTokens(facts.numTokens())
                .setNumRequests(facts.numRequests())
                .setAllowMicrobatches(facts.allowMicrobatches())
                .setEager(facts.eager())
                .setActiveLoras(facts.activeLoras())
                .addAllVotes(facts.votes());
        if (facts.uniformTokenCount() > 0) {
            report.setUniformTokenCount(facts.uniformTokenCount());
        }
        return report.build();
    }
}
