package io.coxswain.worker.runner;

import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.feed.RequestFeed;
import io.coxswain.worker.forward.DpMetadata;
import io.coxswain.worker.forward.ForwardContext;
import io.coxswain.worker.step.AgreedStep;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.StepException;
import io.coxswain.worker.step.StepFacts;
import io.coxswain.worker.step.StepStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The forward loop of one epoch: report, decision, forward context, model, next. Runs on the forward thread, which owns all
 * that it works with.
 */
public final class ForwardLoop {

    /** Waits are cut into slices; what ends one early is a decision, work, or the end of the epoch. */
    private static final Duration WAIT_SLICE = Duration.ofSeconds(10);

    private static final List<Long> BUSY = List.of(0L);
    private static final List<Long> FINISHED = List.of(1L);

    private final int rank;
    private final Parts parts;
    private final RankStatistics statistics;
    private final LongSupplier nanoClock;
    private final TokenBatch rows = new TokenBatch();

    private @Nullable End end;
    /** What the coordinator takes this rank to have as an epoch begins: only what differs from that is told. */
    private CapturedGraphs toldCaptured = CapturedGraphs.ALL;
    /** True while the next decision may be late because nobody has work, and not because agreeing takes time. */
    private boolean waitedForWork = true;

    /**
     * What the loop works with.
     *
     * @param steps the epoch's reports and decisions
     * @param feed where requests come from
     * @param batcher what of them runs next
     * @param model what runs
     * @param log where executed steps are written down
     * @param phases told of launches and completions, for the heartbeat
     */
    public record Parts(
            StepStream steps, RequestFeed feed, Batcher batcher, Model model, StepLog log, PhaseBoard phases) {}

    /** How an epoch ends as it should. */
    public enum End {
        /** The job is done. */
        STOPPED,
        /** Another epoch follows, with this rank or without it. */
        RECONFIGURED
    }

    /** A loop that is not started yet; the clock is monotonic. */
    public ForwardLoop(int rank, Parts parts, RankStatistics statistics, LongSupplier nanoClock) {
        this.rank = rank;
        this.parts = parts;
        this.statistics = statistics;
        this.nanoClock = nanoClock;
    }

    /**
     * Runs until the coordinator decides STOP or RECONFIGURE. However it ends, the requests stay where they are, and a step that
     * was not done is done again in the next epoch.
     *
     * @throws io.coxswain.worker.step.StepException if the epoch or the session ends before
     * @throws io.coxswain.worker.collective.CollectiveException if a collective fails
     * @throws io.coxswain.worker.feed.FeedLostException if the feed is lost
     */
    public End run() {
        try {
            while (end == null) {
                step();
            }
            return end;
        } finally {
            parts.batcher().discard();
        }
    }

    private void step() {
        tellCaptured();
        StepFacts facts = facts(nextPlan());
        long reportedNanos = nanoClock.getAsLong();
        parts.steps().report(facts);
        int revision = 0;
        AgreedStep agreed = decisionOrNews(facts);
        while (agreed == null) {
            if (hasNews(facts)) {
                facts = facts(nextPlan());
                parts.steps().replace(facts);
                revision++;
                waitedForWork = true;
            }
            agreed = decisionOrNews(facts);
        }
        long agreementNanos = waitedForWork ? RankStatistics.WAITED_FOR_WORK : nanoClock.getAsLong() - reportedNanos;
        boolean decidedOnPlan = agreed.revision(rank) == revision;
        carryOut(agreed, decidedOnPlan, agreementNanos);
    }

    private void tellCaptured() {
        CapturedGraphs now = parts.model().captured();
        if (!now.equals(toldCaptured)) {
            parts.steps().captured(now);
            toldCaptured = now;
        }
    }

    /** A rank that has said zero also wakes when that is no longer so; the step may then be decided with what it has now. */
    private @Nullable AgreedStep decisionOrNews(StepFacts reported) {
        return parts.steps().await(() -> hasNews(reported), WAIT_SLICE);
    }

    private boolean hasNews(StepFacts reported) {
        if (reported.numTokens() > 0) {
            return false;
        }
        takeRequests();
        return !parts.batcher().isEmpty() || !votes().equals(reported.votes());
    }

    private void takeRequests() {
        Batcher batcher = parts.batcher();
        while (!batcher.isFull()) {
            FeedRequest request = parts.feed().poll();
            if (request == null) {
                break;
            }
            batcher.add(request);
        }
        parts.feed().room(batcher.room());
    }

    private BatchPlan nextPlan() {
        takeRequests();
        return parts.batcher().plan();
    }

    private StepFacts facts(BatchPlan plan) {
        int tokens = plan.numTokens();
        return new StepFacts(tokens, plan.numRequests(), plan.uniformTokenCount(), tokens > 0, false, 0, votes());
    }

    private List<Long> votes() {
        return parts.batcher().isEmpty() && parts.feed().isExhausted() ? FINISHED : BUSY;
    }

    private void carryOut(AgreedStep agreed, boolean decidedOnPlan, long agreementNanos) {
        switch (agreed.action()) {
            case RUN -> runStep(agreed, decidedOnPlan, agreementNanos);
            case IDLE -> {
                waitedForWork = true;
                statistics.idled();
                parts.batcher().discard();
            }
            case STOP -> end = End.STOPPED;
            case RECONFIGURE -> end = End.RECONFIGURED;
            case CAPTURE -> capture(agreed);
        }
    }

    /** In place of the planned step, which is reported again. */
    private void capture(AgreedStep agreed) {
        waitedForWork = true; // for the others to have captured, which says nothing about agreeing
        parts.batcher().discard();
        GraphKey graph = agreed.graph()
                .orElseThrow(() -> new IllegalStateException("a CAPTURE step without a graph: " + agreed));
        ForwardShape shape = ForwardShape.ofGraph(rank, parts.steps().worldSize(), graph);
        parts.phases().launched();
        try (ForwardContext.Scope scope =
                context(agreed, shape.rowsAcrossDp(), nanoClock.getAsLong()).makeCurrent()) {
            parts.model().capture(graph, shape);
        }
        parts.phases().done();
        statistics.captured();
    }

    private void runStep(AgreedStep agreed, boolean decidedOnPlan, long agreementNanos) {
        waitedForWork = false;
        fillRows(decidedOnPlan);
        int[] counts = agreed.numTokensAcrossDp();
        ForwardShape shape = shape(agreed, counts);
        long startNanos = nanoClock.getAsLong();
        Execution execution = runPass(context(agreed, counts, startNanos), agreed, shape);
        long passNanos = nanoClock.getAsLong() - startNanos;
        requireGoingOn();
        statistics.ran(
                agreed, new RankStatistics.Pass(rows.size(), shape.rows(rank), agreementNanos, passNanos, execution));
        parts.log().executed(agreed, rank, parts.model().resultHash());
        finishPlan(decidedOnPlan);
    }

    /** A pass that was done when its epoch had ended is not counted. */
    private void requireGoingOn() {
        try {
            parts.steps().requireGoingOn();
        } catch (StepException over) {
            statistics.aborted(rows.size());
            throw over;
        }
    }

    private void fillRows(boolean decidedOnPlan) {
        rows.clear();
        if (!decidedOnPlan) {
            return; // work came too late for this step: the rank takes part with padding
        }
        BatchPlan plan = parts.batcher().plan();
        for (int segment = 0; segment < plan.numRequests(); segment++) {
            rows.addRange(plan.requestId(segment), plan.firstPosition(segment), plan.count(segment));
        }
    }

    private Execution runPass(ForwardContext context, AgreedStep agreed, ForwardShape shape) {
        Execution execution;
        parts.phases().launched();
        try (ForwardContext.Scope scope = context.makeCurrent()) {
            execution = parts.model().forward(rows, shape, agreed.graph().orElse(null));
        } catch (CollectiveException aborted) {
            statistics.aborted(rows.size());
            throw aborted;
        }
        parts.phases().done();
        return execution;
    }

    private ForwardContext context(AgreedStep agreed, int[] counts, long startNanos) {
        ForwardContext.Builder context = ForwardContext.builder()
                .dpMetadata(DpMetadata.make(counts.length, rank, counts[rank], counts))
                .graphMode(agreed.graphMode())
                .numTokens(counts[rank])
                .startedAt(startNanos, nanoClock);
        agreed.shape().ifPresent(context::batchDescriptor);
        return context.build();
    }

    private ForwardShape shape(AgreedStep agreed, int[] counts) {
        return switch (agreed.gather()) {
            case PADDED ->
                new ForwardShape(rank, paddedRows(counts), ForwardShape.Layout.PADDED, agreed.microbatches());
            case VARIABLE -> new ForwardShape(rank, counts, ForwardShape.Layout.VARIABLE, agreed.microbatches());
            case NONE -> throw new IllegalStateException("a RUN step without a gather: " + agreed);
        };
    }

    /** Every rank contributes as many rows as the largest count. */
    private static int[] paddedRows(int[] counts) {
        int most = 0;
        for (int count : counts) {
            most = Math.max(most, count);
        }
        int[] padded = new int[counts.length];
        Arrays.fill(padded, most);
        return padded;
    }

    private void finishPlan(boolean decidedOnPlan) {
        if (decidedOnPlan) {
            parts.batcher().commit(parts.feed()::finished);
        } else {
            parts.batcher().discard();
        }
        parts.feed()
                .progress(
                        statistics.steps(), statistics.realTokens(), statistics.paddedTokens(), nanoClock.getAsLong());
    }
}
