package io.coxswain.worker.step;

import io.coxswain.v1.Action;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Gather;
import io.coxswain.v1.Member;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepRefusal;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.Term;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;

/** What the tests' workers and coordinators say. */
final class Scripts {
    static final Term TERM = Term.newBuilder().setNumber(3).setCoordinatorId(77).build();
    static final Epoch EPOCH =
            Epoch.newBuilder().setCreatingTerm(TERM).setNumber(5).build();
    static final Member MEMBER = Member.newBuilder().setId(42).setAttempt(1).build();

    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final StepFacts NOTHING = StepFacts.nothingToRun(List.of(1L));
    static final StepFacts BATCH = new StepFacts(12, 3, 4, true, true, 2, List.of(0L, -9L));

    private Scripts() {}

    /** Answers a report with its decision. */
    static void decide(StepReport report, StreamObserver<StepDown> down, StepWorld world) {
        down.onNext(down(run(report)));
    }

    /** The decision of a world of two in which rank 1 has 7 tokens. */
    static StepDecision.Builder run(StepReport report) {
        return StepDecision.newBuilder()
                .setTerm(TERM)
                .setEpoch(report.getEpoch())
                .setStep(report.getStep())
                .setAction(Action.ACTION_RUN)
                .setMicrobatches(1)
                .setGather(Gather.GATHER_PADDED)
                .addNumTokensAcrossDp(report.getNumTokens())
                .addNumTokensAcrossDp(7)
                .setReason("as scripted");
    }

    static StepDown down(StepDecision.Builder decision) {
        return StepDown.newBuilder().setTerm(TERM).setDecision(decision).build();
    }

    static StepDown refusal(StepReport report, StepRefusal.Kind kind, String reason) {
        StepRefusal refusal = StepRefusal.newBuilder()
                .setKind(kind)
                .setStep(report.getStep())
                .setReason(reason)
                .build();
        return StepDown.newBuilder().setTerm(TERM).setRefusal(refusal).build();
    }
}
