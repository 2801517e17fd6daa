package io.coxswain.worker.runner;

import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.feed.RequestFeed;
import io.coxswain.worker.forward.DpMetadata;
import io.coxswain.worker.forward.ForwardContext;
import io.coxswain.worker.step.AgreedStep;
import io.coxswain.worker.step.PhaseBoard;
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

    private boolean stopped;
    /** True while the next decision may be late because nobody has work, and not because agreeing takes time. */
    private boolean waitedForWork = true;

    /**
     * What the loop works with.
     *
     * @param steps the epoch's reports and decisions
     * @param feed where requests come from
     * @param batcher what of them runs next
     * @param model what runs
     * @param phases told of launches and completions, for the heartbeat
     */
    public record Parts(StepStream steps, RequestFeed feed, Batcher batcher, Model model, PhaseBoard phases) {}

    /** A loop that is not started yet; the clock is monotonic. */
    public ForwardLoop(int rank, Parts parts, RankStatistics statistics, LongSupplier nanoClock) {
        this.rank = rank;
        this.parts = parts;
        this.statistics = statistics;
        this.nanoClock = nanoClock;
    }

    /**
     * Runs until the coordinator decides STOP.
     *
     * @throws io.coxswain.worker.step.StepException if the epoch or the session ends before
     * @throws io.coxswain.worker.collective.CollectiveException if a collective fails
     * @throws io.coxswain.worker.feed.FeedLostException if the feed is lost
     */
    public void run() {
        while (!stopped) {
            step();
        }
    }

    private void step() {
        BatchPlan plan = nextPlan();
        StepFacts facts = facts(plan);
        long reportedNanos = nanoClock.getAsLong();
        parts.steps().report(facts);
        int revision = 0;
        AgreedStep agreed = decisionOrNews(facts);
        while (agreed == null) {
            if (hasNews(facts)) {
                plan = nextPlan();
                facts = facts(plan);
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
            case RUN -> {
                waitedForWork = false;
                fillRows(decidedOnPlan);
                long passNanos = runPass(agreed);
                statistics.ran(
                        agreed, new RankStatistics.Pass(rows.size(), rowsOf(agreed, rank), agreementNanos, passNanos));
                finishPlan(decidedOnPlan);
            }
            case IDLE -> {
                waitedForWork = true;
                statistics.idled();
                parts.batcher().discard();
            }
            case STOP -> stopped = true;
            case CAPTURE, RECONFIGURE ->
                throw new IllegalStateException(
                        "this rank has all graphs and no successor, but the coordinator decided " + agreed);
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

    private long runPass(AgreedStep agreed) {
        ForwardShape shape = shape(agreed);
        long startNanos = nanoClock.getAsLong();
        parts.phases().launched();
        try (ForwardContext.Scope scope = context(agreed, startNanos).makeCurrent()) {
            parts.model().forward(rows, shape);
        }
        parts.phases().done();
        return nanoClock.getAsLong() - startNanos;
    }

    private ForwardContext context(AgreedStep agreed, long startNanos) {
        int[] counts = agreed.numTokensAcrossDp();
        ForwardContext.Builder context = ForwardContext.builder()
                .dpMetadata(DpMetadata.make(counts.length, rank, counts[rank], counts))
                .graphMode(agreed.graphMode())
                .numTokens(counts[rank])
                .startedAt(startNanos, nanoClock);
        agreed.shape().ifPresent(context::batchDescriptor);
        return context.build();
    }

    private ForwardShape shape(AgreedStep agreed) {
        int[] counts = agreed.numTokensAcrossDp();
        ForwardShape.Layout layout = layout(agreed);
        if (layout == ForwardShape.Layout.PADDED) {
            Arrays.fill(counts, rowsOf(agreed, rank));
        }
        return new ForwardShape(rank, counts, layout, agreed.microbatches());
    }

    private static ForwardShape.Layout layout(AgreedStep agreed) {
        return switch (agreed.gather()) {
            case PADDED -> ForwardShape.Layout.PADDED;
            case VARIABLE -> ForwardShape.Layout.VARIABLE;
            case NONE -> throw new IllegalStateException("a RUN step without a gather: " + agreed);
        };
    }

    /** Rows that a rank contributes, padding included. */
    private static int rowsOf(AgreedStep agreed, int ofRank) {
        if (layout(agreed) == ForwardShape.Layout.VARIABLE) {
            return agreed.numTokens(ofRank);
        }
        int most = 0;
        for (int count : agreed.numTokensAcrossDp()) {
            most = Math.max(most, count);
        }
        return most;
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
