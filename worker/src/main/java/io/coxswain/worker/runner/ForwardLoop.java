package io.coxswain.worker.runner;

import io.coxswain.types.BatchDescriptor;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.worker.feed.RequestFeed;
import io.coxswain.worker.forward.DpMetadata;
import io.coxswain.worker.forward.ForwardContext;
import io.coxswain.worker.runner.RankStatistics.StepTimes;
import io.coxswain.worker.step.AgreedStep;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.StepFacts;
import io.coxswain.worker.step.StepStream;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * The forward loop of one epoch: report, decision, forward context, model, next. Runs on the forward thread, which owns all
 * that it works with.
 */
public final class ForwardLoop {

    /** Waits are cut into slices of this length; what ends one early is a decision, work, or the end of the epoch. */
    private static final Duration WAIT_SLICE = Duration.ofSeconds(10);

    private static final long WAITED_FOR_WORK = -1;
    private static final List<Long> BUSY = List.of(0L);
    private static final List<Long> FINISHED = List.of(1L);

    private final int rank;
    private final int worldSize;
    private final Parts parts;
    private final RankStatistics statistics;
    private final LongSupplier nanoClock;
    private final TokenBatch rows = new TokenBatch();

    private boolean stopped;
    private boolean afterIdle = true;

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
    public ForwardLoop(int rank, int worldSize, Parts parts, RankStatistics statistics, LongSupplier nanoClock) {
        this.rank = rank;
        this.worldSize = worldSize;
        this.parts = parts;
        this.statistics = statistics;
        this.nanoClock = nanoClock;
    }

    /**
     * Runs until the coordinator decides STOP.
     *
     * @throws io.coxswain.worker.step.StepException if the epoch or the session ends before
     * @throws io.coxswain.worker.collective.CollectiveException if a collective fails
     */
    public void run() {
        while (!stopped) {
            step();
        }
    }

    private void step() {
        takeRequests();
        long reportedNanos = nanoClock.getAsLong();
        StepFacts facts = facts();
        parts.steps().report(facts);
        AgreedStep agreed = parts.steps().await(() -> false, Duration.ZERO);
        int revision = 0;
        while (agreed == null) {
            StepFacts reported = facts;
            agreed = parts.steps().await(() -> reported.numTokens() == 0 && hasNews(reported), WAIT_SLICE);
            if (agreed == null && facts.numTokens() == 0 && hasNews(facts)) {
                takeRequests();
                facts = facts();
                parts.steps().replace(facts);
                revision++;
            }
        }
        boolean decidedOnThis = agreed.revision(rank) == revision;
        boolean undisturbed = revision == 0 && !afterIdle;
        long agreementNanos = undisturbed ? nanoClock.getAsLong() - reportedNanos : WAITED_FOR_WORK;
        carryOut(agreed, decidedOnThis, agreementNanos);
    }

    private void carryOut(AgreedStep agreed, boolean decidedOnThisBatch, long agreementNanos) {
        switch (agreed.action()) {
            case RUN -> {
                afterIdle = false;
                runPass(agreed, decidedOnThisBatch, agreementNanos);
            }
            case IDLE -> {
                afterIdle = true;
                statistics.idled();
            }
            case STOP -> stopped = true;
            case CAPTURE, RECONFIGURE -> throw new IllegalStateException(
                    "this rank said that it needs no " + agreed.action() + " step, but got " + agreed);
        }
    }
}
