package io.coxswain.coordinator.core;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects one epoch's reports, step after step, and says when a step is complete. Owned by the group that holds it.
 *
 * <p>Two steps matter at a time: the open one, and the one decided before it, of which late and repeated reports may still
 * come.
 */
final class StepBarrier {

    /** Between two captures while the group runs: few enough that serving hardly notices. */
    private static final int RUNS_BETWEEN_CAPTURES = 64;

    /** What became of a report. */
    enum Outcome {
        /** It was taken, others are missing. */
        WAITING,
        /** It was the last one: the step can be decided. */
        COMPLETE,
        /** The same was said before, or the decision that answers it is already on its way. */
        NOTHING_NEW,
        /** It cannot be taken; {@link #refusal} says why. */
        REFUSED
    }

    private final JobSettings settings;
    private final int finishedVote;
    private final @Nullable RankFacts[] reports;
    private final int[] revisions;
    private final long[] arrivalNanos;
    private final CapturedSet[] captured;
    private final Set<GraphKey> askedToCapture = new HashSet<>();
    private GraphTable graphs;

    private long openStep;
    private int reported;
    private int busy;
    private long firstArrivalNanos;
    private boolean idleAnswered;
    private boolean askedForAll;
    private int runsSinceCapture;
    private RankFacts[] decidedFacts = new RankFacts[0];
    private int[] decidedRevisions = new int[0];
    private @Nullable StepRefusal refusal;

    /** @param captured the graphs of each rank of the epoch, by rank */
    StepBarrier(JobSettings settings, CapturedSet[] captured, CapturePace pace) {
        int worldSize = captured.length;
        this.settings = settings;
        this.captured = captured.clone();
        this.graphs = GraphTable.of(settings.decision(), intersection());
        this.finishedVote = settings.decision().indexOfVote(VoteDefinition.FINISHED);
        this.reports = new RankFacts[worldSize];
        this.revisions = new int[worldSize];
        this.arrivalNanos = new long[worldSize];
        this.askedForAll = pace == CapturePace.WHILE_SERVING;
        this.runsSinceCapture = askedForAll ? 0 : RUNS_BETWEEN_CAPTURES;
    }

    /** Goes on after a decision that an earlier coordinator made, whose reports are not known here. */
    void resumeAfter(Attachment.LastDecision last) {
        openStep = last.step() + 1;
        idleAnswered = last.action() == Action.IDLE;
    }

    long openStep() {
        return openStep;
    }

    /** Whether all ranks have said zero after an IDLE decision: then the step stays open, however long. */
    boolean isHeld() {
        return idleAnswered && busy == 0;
    }

    /** Whether some rank has tokens and waits for the others. */
    boolean hasWork() {
        return busy > 0;
    }

    /** Whether all have reported the open step. */
    boolean isComplete() {
        return reported == reports.length;
    }

    /** Whether the open step's decision is STOP. */
    boolean isJobFinished() {
        return isComplete() && busy == 0 && allFinished();
    }

    boolean hasReported(int rank) {
        return reports[rank] != null;
    }

    StepRefusal refusal() {
        if (refusal == null) {
            throw new IllegalStateException("no report was refused");
        }
        return refusal;
    }

    /** Tokens of all reports of the open step. */
    long reportedTokens() {
        long sum = 0;
        for (RankFacts facts : reports) {
            sum += facts == null ? 0 : facts.numTokens();
        }
        return sum;
    }

    /** Nanoseconds between the open step's first report and the given rank's. */
    long latenessNanos(int rank) {
        return arrivalNanos[rank] - firstArrivalNanos;
    }

    Outcome report(int rank, StepReport report, long nowNanos) {
        refusal = null;
        if (report.step() > openStep) {
            return refuse(StepRefusal.Kind.TOO_EARLY, report, "the open step is " + openStep);
        }
        if (report.step() < openStep) {
            return late(rank, report);
        }
        String invalid = invalid(report.facts());
        if (invalid != null) {
            return refuse(StepRefusal.Kind.INVALID, report, invalid);
        }
        RankFacts before = reports[rank];
        if (before == null) {
            return first(rank, report, nowNanos);
        }
        if (report.revision() == revisions[rank] && before.equals(report.facts())) {
            return Outcome.NOTHING_NEW;
        }
        return replacement(rank, before, report, nowNanos);
    }

    private Outcome first(int rank, StepReport report, long nowNanos) {
        if (reported == 0) {
            firstArrivalNanos = nowNanos;
        }
        reported++;
        return take(rank, report, nowNanos);
    }

    private Outcome replacement(int rank, RankFacts before, StepReport report, long nowNanos) {
        if (report.revision() <= revisions[rank]) {
            return refuse(
                    StepRefusal.Kind.CONTRADICTION,
                    report,
                    "revision is " + report.revision() + "; a report that replaces one of revision " + revisions[rank]
                            + " needs a higher one");
        }
        if (before.numTokens() != 0) {
            return refuse(
                    StepRefusal.Kind.CONTRADICTION,
                    report,
                    "num_tokens was " + before.numTokens() + "; only a report of 0 tokens may be replaced");
        }
        return take(rank, report, nowNanos);
    }

    private Outcome take(int rank, StepReport report, long nowNanos) {
        CapturedSet graphsNow = report.captured();
        if (graphsNow != null) {
            captured[rank] = graphsNow;
            graphs = GraphTable.of(settings.decision(), intersection());
        }
        reports[rank] = report.facts();
        revisions[rank] = report.revision();
        arrivalNanos[rank] = nowNanos;
        if (report.facts().numTokens() > 0) {
            busy++;
        }
        if (reported < reports.length || (isHeld() && !allFinished())) {
            return Outcome.WAITING;
        }
        return Outcome.COMPLETE;
    }

    private boolean allFinished() {
        return finishedVote >= 0
                && Arrays.stream(reports).allMatch(facts -> facts != null && facts.vote(finishedVote) == 1);
    }

    /** A report of a decided step: harmless where it says what was decided on, or crossed the decision. */
    private Outcome late(int rank, StepReport report) {
        boolean lastStep = report.step() == openStep - 1;
        if (lastStep && decidedFacts.length == 0) {
            return Outcome.NOTHING_NEW; // decided by an earlier coordinator, and sent again by this one
        }
        if (lastStep && decidedFacts[rank].numTokens() == 0 && report.revision() > decidedRevisions[rank]) {
            return Outcome.NOTHING_NEW;
        }
        if (lastStep && report.revision() == decidedRevisions[rank] && decidedFacts[rank].equals(report.facts())) {
            return Outcome.NOTHING_NEW;
        }
        return refuse(StepRefusal.Kind.ALREADY_DECIDED, report, "the open step is " + openStep);
    }

    private @Nullable String invalid(RankFacts facts) {
        if (facts.numTokens() > settings.maxTokensPerStep()) {
            return "num_tokens is " + facts.numTokens() + "; allowed are 0 to max_tokens_per_step "
                    + settings.maxTokensPerStep();
        }
        if (facts.numRequests() > settings.decision().maxRequests()) {
            return "num_requests is " + facts.numRequests() + "; allowed are 0 to max_requests "
                    + settings.decision().maxRequests();
        }
        int votes = settings.decision().votes().size();
        if (facts.voteCount() != votes) {
            return "votes has " + facts.voteCount() + " entries; the job's settings have " + votes;
        }
        return null;
    }

    private Outcome refuse(StepRefusal.Kind kind, StepReport report, String why) {
        refusal = new StepRefusal(kind, report.step(), "report of step " + report.step() + ": " + why);
        return Outcome.REFUSED;
    }

    /** Decides the open step, which is complete, and opens the next. */
    DecidedStep decide(TermId term, EpochId epoch) {
        RankFacts[] facts = Arrays.copyOf(reports, reports.length, RankFacts[].class);
        Decision decision = captureOr(StepDecider.decide(graphs, facts));
        int[] decidedOn = revisions.clone();
        DecidedStep decided = new DecidedStep(term, epoch, openStep, decision, decidedOn, null);
        runsSinceCapture += decision.action() == Action.RUN ? 1 : 0;
        idleAnswered = decision.action() == Action.IDLE;
        decidedFacts = facts;
        decidedRevisions = decidedOn;
        openNext();
        return decided;
    }

    /** Ends the epoch with the open step, which is complete; what was reported for it is void. */
    DecidedStep reconfigure(TermId term, EpochId epoch, EpochId successor) {
        RankFacts[] facts = Arrays.copyOf(reports, reports.length, RankFacts[].class);
        Decision decision = Decision.withoutPass(
                Action.RECONFIGURE, Reported.of(settings.decision(), facts), Reason.of(Reason.Kind.MEMBERSHIP_CHANGES));
        return new DecidedStep(term, epoch, openStep, decision, revisions.clone(), successor);
    }

    private void openNext() {
        openStep++;
        reported = 0;
        busy = 0;
        Arrays.fill(reports, null);
        Arrays.fill(revisions, 0);
    }

    /**
     * A graph that some rank lacks is captured by all in place of the step: in a row until there is nothing left to ask for,
     * later one now and then.
     */
    private Decision captureOr(Decision decision) {
        if (decision.action() != Action.RUN || runsSinceCapture < RUNS_BETWEEN_CAPTURES) {
            return decision;
        }
        GraphKey next = CapturePlan.next(graphs, graph -> !askedToCapture.contains(graph));
        if (next == null || askedForAll) {
            runsSinceCapture = 0;
        }
        if (next == null) {
            askedForAll = true;
            return decision;
        }
        askedToCapture.add(next);
        int microbatches = next.twin() ? settings.decision().microbatches() : 1;
        return Decision.capture(next, microbatches, decision.reported());
    }

    private CapturedSet intersection() {
        CapturedSet all = CapturedSet.ALL;
        for (CapturedSet one : captured) {
            all = all.intersect(one);
        }
        return all;
    }
}
