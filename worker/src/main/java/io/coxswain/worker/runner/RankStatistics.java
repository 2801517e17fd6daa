package io.coxswain.worker.runner;

import com.google.protobuf.ByteString;
import io.coxswain.types.BatchDescriptor;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.v1.BatchTiming;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.VerificationSummary;
import io.coxswain.worker.forward.ForwardTimingTracker;
import io.coxswain.worker.forward.TimingStats;
import io.coxswain.worker.step.AgreedStep;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What this rank has executed, in numbers. Owned by the forward thread. */
public final class RankStatistics {

    /** Longer times count as an hour. */
    private static final long MAX_NANOS = 3_600_000_000_000L;

    /** Stands for the agreement's time where the rank waited for work meanwhile. */
    static final long WAITED_FOR_WORK = -1;

    /** The descriptor's size of a step that had none. */
    private static final int EAGER = 0;

    private static final int SIGNIFICANT_DIGITS = 3;
    private static final double NANOS_PER_MILLI = 1e6;

    private final ForwardTimingTracker timing;
    private final Histogram agreementNanos = new Histogram(MAX_NANOS, SIGNIFICANT_DIGITS);
    private final Histogram stepNanos = new Histogram(MAX_NANOS, SIGNIFICANT_DIGITS);
    private final long[] stepsByMode = new long[CudaGraphMode.values().length];
    /** Steps by the tokens of their descriptor, which come from the capture sizes or are the largest count: bounded. */
    private final Map<Integer, Long> stepsByDescriptor = new HashMap<>();

    private long steps;
    private long idleDecisions;
    private long realTokens;
    private long paddedTokens;
    private long abortedTokens;
    private long replayedSteps;
    private long capturedGraphs;

    /** Statistics that leave forward times by batch size to a tracker. */
    public RankStatistics(ForwardTimingTracker timing) {
        this.timing = timing;
    }

    /** One RUN step that is done on the device. */
    void ran(AgreedStep agreed, Pass pass) {
        steps++;
        replayedSteps += pass.execution() == Execution.REPLAYED ? 1 : 0;
        realTokens += pass.tokens();
        paddedTokens += pass.rows();
        stepsByMode[agreed.graphMode().number()]++;
        int size = agreed.shape().map(BatchDescriptor::numTokens).orElse(EAGER);
        stepsByDescriptor.merge(size, 1L, Long::sum);
        if (pass.agreementNanos() != WAITED_FOR_WORK) {
            agreementNanos.recordValue(Math.min(pass.agreementNanos(), MAX_NANOS));
            stepNanos.recordValue(Math.min(pass.agreementNanos() + pass.passNanos(), MAX_NANOS));
        }
        timing.record(pass.rows(), pass.passNanos() / NANOS_PER_MILLI);
    }

    /**
     * One step of this rank.
     *
     * @param tokens without padding
     * @param rows with padding
     * @param agreementNanos from the report to the decision, or {@link #WAITED_FOR_WORK}
     * @param passNanos of the forward pass
     * @param execution how it ran
     */
    record Pass(int tokens, int rows, long agreementNanos, long passNanos, Execution execution) {}

    /** One graph was captured. */
    void captured() {
        capturedGraphs++;
    }

    /** Tokens of a step that was launched and is not done, since its epoch has ended. */
    void aborted(int tokens) {
        abortedTokens += tokens;
    }

    void idled() {
        idleDecisions++;
    }

    /** RUN steps so far. */
    public long steps() {
        return steps;
    }

    /** Tokens so far, without padding. */
    public long realTokens() {
        return realTokens;
    }

    /** Tokens so far, padding included. */
    public long paddedTokens() {
        return paddedTokens;
    }

    /** All of it, as the feed is told; who the rank is and what it verified is the caller's to fill in. */
    public RankSummary.Builder summary(Batcher batcher) {
        RankSummary.Builder summary = RankSummary.newBuilder()
                .setRequestsCompleted(batcher.requestsCompleted())
                .setPromptTokens(batcher.promptTokens())
                .setGeneratedTokens(batcher.generatedTokens())
                .setSteps(steps)
                .setIdleDecisions(idleDecisions)
                .setRealTokens(realTokens)
                .setPaddedTokens(paddedTokens)
                .setAbortedTokens(abortedTokens)
                .setReplayedSteps(replayedSteps)
                .setCapturedGraphs(capturedGraphs)
                .setAgreementHistogram(encode(agreementNanos))
                .setStepHistogram(encode(stepNanos))
                .putAllDescriptors(stepsByDescriptor);
        for (CudaGraphMode mode : CudaGraphMode.values()) {
            if (stepsByMode[mode.number()] > 0) {
                summary.putGraphModes(mode.name(), stepsByMode[mode.number()]);
            }
        }
        timing.stats().forEach((size, stats) -> summary.addTiming(timing(size, stats)));
        return summary;
    }

    /** What a verification found, as the feed is told. */
    public static VerificationSummary summary(Verification verification) {
        VerificationSummary.Builder summary = VerificationSummary.newBuilder()
                .setTokensChecked(verification.tokensChecked())
                .setMaxRelativeError(verification.maxRelativeError())
                .setPassed(verification.passed());
        String failure = verification.firstFailure();
        if (failure != null) {
            summary.setFirstFailure(failure);
        }
        return summary.build();
    }

    private static BatchTiming timing(int size, TimingStats stats) {
        return BatchTiming.newBuilder()
                .setBatchSize(size)
                .setCount(stats.count())
                .setMeanMillis(stats.meanMillis())
                .setP50Millis(stats.p50Millis())
                .setP99Millis(stats.p99Millis())
                .setMinMillis(stats.minMillis())
                .setMaxMillis(stats.maxMillis())
                .build();
    }

    private static ByteString encode(Histogram histogram) {
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        return ByteString.copyFrom(buffer.array(), 0, length);
    }
}
