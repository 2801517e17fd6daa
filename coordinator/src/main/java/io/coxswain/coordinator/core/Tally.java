package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What a job has done so far, in numbers. Owned by the group that holds it. */
final class Tally {

    /** Lateness beyond an hour counts as an hour. */
    private static final long MAX_LATENESS_NANOS = 3_600_000_000_000L;

    private static final int SIGNIFICANT_DIGITS = 2;

    /** Stands for the descriptor's size of a step that has none. */
    private static final int EAGER = 0;

    private final Histogram[] lateness;
    private final Map<StepRefusal.Kind, Long> refusedReports = new EnumMap<>(StepRefusal.Kind.class);
    private final Map<ControlMessage.Refused.Kind, Long> refusedHellos =
            new EnumMap<>(ControlMessage.Refused.Kind.class);
    private final long[] decisionsByMode = new long[CudaGraphMode.values().length];
    /** By the tokens of the descriptor, which come from the capture sizes: bounded. */
    private final Map<Integer, Long> decisionsByDescriptor = new TreeMap<>();

    private long staleControlMessages;
    private long epochsStarted;
    private long epochsAborted;
    private long restarts;
    private long runDecisions;
    private long idleDecisions;
    private long realTokens;
    private long paddedTokens;

    Tally(int worldSize) {
        lateness = new Histogram[worldSize];
        for (int rank = 0; rank < worldSize; rank++) {
            lateness[rank] = new Histogram(1, MAX_LATENESS_NANOS, SIGNIFICANT_DIGITS);
        }
    }

    void refused(StepRefusal.Kind kind) {
        refusedReports.merge(kind, 1L, Long::sum);
    }

    void refused(ControlMessage.Refused.Kind kind) {
        refusedHellos.merge(kind, 1L, Long::sum);
    }

    /** A message of a member that is not listened to any more. */
    void refusedStale() {
        staleControlMessages++;
    }

    void epochStarted() {
        epochsStarted++;
    }

    /** An epoch goes on that an earlier coordinator has started, though that may be forgotten. */
    void epochInherited() {
        epochsStarted = Math.max(1, epochsStarted);
    }

    boolean hasStartedAny() {
        return epochsStarted > 0;
    }

    void epochAborted() {
        epochsAborted++;
    }

    /** What earlier coordinators counted. */
    void recall(JobMemory memory) {
        epochsStarted = memory.epochs().started();
        epochsAborted = memory.epochs().aborted();
        restarts = memory.restarts().granted();
    }

    JobMemory.EpochCounts epochs() {
        return new JobMemory.EpochCounts(epochsStarted, epochsAborted);
    }

    void restarted() {
        restarts++;
    }

    long restarts() {
        return restarts;
    }

    void idle() {
        idleDecisions++;
    }

    void run(Decision decision, long reportedTokens) {
        runDecisions++;
        decisionsByMode[decision.graphMode().number()]++;
        GraphKey graph = decision.graph();
        decisionsByDescriptor.merge(graph == null ? EAGER : graph.tokens(), 1L, Long::sum);
        realTokens += reportedTokens;
        int[] tokens = decision.numTokensAcrossDp();
        long sum = 0;
        long max = 0;
        for (int count : tokens) {
            sum += count;
            max = Math.max(max, count);
        }
        paddedTokens += decision.gather() == Gather.PADDED ? max * tokens.length : sum;
    }

    void late(int place, long nanos) {
        lateness[place].recordValue(Math.min(nanos, MAX_LATENESS_NANOS));
    }

    GroupSnapshot.Counters counters() {
        Map<String, Long> refusals = new TreeMap<>();
        refusedReports.forEach((kind, count) -> refusals.put("report_" + lower(kind), count));
        refusedHellos.forEach((kind, count) -> refusals.put("hello_" + lower(kind), count));
        if (staleControlMessages > 0) {
            refusals.put("control_stale", staleControlMessages);
        }
        return new GroupSnapshot.Counters(
                new GroupSnapshot.Decisions(
                        runDecisions,
                        idleDecisions,
                        realTokens,
                        paddedTokens,
                        byMode(),
                        Map.copyOf(decisionsByDescriptor)),
                new GroupSnapshot.Changes(epochsStarted, epochsAborted, restarts),
                Map.copyOf(refusals));
    }

    private Map<CudaGraphMode, Long> byMode() {
        Map<CudaGraphMode, Long> counts = new EnumMap<>(CudaGraphMode.class);
        for (CudaGraphMode mode : CudaGraphMode.values()) {
            if (decisionsByMode[mode.number()] > 0) {
                counts.put(mode, decisionsByMode[mode.number()]);
            }
        }
        return Map.copyOf(counts);
    }

    private static String lower(Enum<?> kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }

    GroupSnapshot.Lateness lateness(int place) {
        Histogram histogram = lateness[place];
        return new GroupSnapshot.Lateness(
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(99),
                histogram.getMaxValue(),
                histogram.getTotalCount());
    }
}
