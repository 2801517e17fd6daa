package io.coxswain.coordinator.core;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What a job has done so far, in numbers. Owned by the group that holds it. */
final class Tally {

    /** Lateness beyond an hour counts as an hour. */
    private static final long MAX_LATENESS_NANOS = 3_600_000_000_000L;

    private static final int SIGNIFICANT_DIGITS = 2;

    private final Histogram[] lateness;
    private final Map<StepRefusal.Kind, Long> refusedReports = new EnumMap<>(StepRefusal.Kind.class);
    private final Map<ControlMessage.Refused.Kind, Long> refusedHellos =
            new EnumMap<>(ControlMessage.Refused.Kind.class);
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

    void idle() {
        idleDecisions++;
    }

    void run(Decision decision, long reportedTokens) {
        runDecisions++;
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

    void late(int rank, long nanos) {
        lateness[rank].recordValue(Math.min(nanos, MAX_LATENESS_NANOS));
    }

    GroupSnapshot.Counters counters() {
        Map<String, Long> refusals = new TreeMap<>();
        refusedReports.forEach((kind, count) -> refusals.put("report_" + lower(kind), count));
        refusedHellos.forEach((kind, count) -> refusals.put("hello_" + lower(kind), count));
        return new GroupSnapshot.Counters(runDecisions, idleDecisions, realTokens, paddedTokens, Map.copyOf(refusals));
    }

    private static String lower(Enum<?> kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }

    GroupSnapshot.Lateness lateness(int rank) {
        Histogram histogram = lateness[rank];
        return new GroupSnapshot.Lateness(
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(99),
                histogram.getMaxValue(),
                histogram.getTotalCount());
    }
}
