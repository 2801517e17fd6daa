package io.coxswain.coordinator.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The decision: one pure function of the settings, the captured graphs and what all ranks report. Stateless and
 * thread-safe.
 *
 * <p>The rules are those of vLLM 0.33's dispatch_cg_and_sync_dp, with two differences. A rank with zero tokens takes part
 * with padding only, where vLLM has it report a one-token dummy: it rules out microbatching, its votes count, and it
 * abstains from everything else. And the gather is decided too.
 */
public final class StepDecider {

    private StepDecider() {}

    /**
     * Decides a step.
     *
     * @param graphs the graphs that all ranks have, with the settings
     * @param reports by rank, each with a value for every vote of the settings; at least one
     * @throws IllegalArgumentException if there is no report, or one has too few or too many votes
     */
    public static Decision decide(GraphTable graphs, RankFacts[] reports) {
        DecisionSettings settings = graphs.settings();
        checkReports(settings, reports);
        Reported reported = Reported.of(settings, reports);
        if (reported.largestNumTokens() == 0) {
            return nobodyRuns(settings, reported);
        }
        if (canSplit(settings, reported, reports)) {
            return inMicrobatches(graphs, reported, reports.length);
        }
        Reason whyEager = whyEager(graphs, reports);
        return whyEager == null ? padded(graphs, reported, reports.length) : eager(reported, reports, whyEager);
    }

    private static void checkReports(DecisionSettings settings, RankFacts[] reports) {
        if (reports.length == 0) {
            throw new IllegalArgumentException("reports has 0 entries; allowed are one for each rank");
        }
        int votes = settings.votes().size();
        for (int rank = 0; rank < reports.length; rank++) {
            if (reports[rank].voteCount() != votes) {
                throw new IllegalArgumentException("votes of rank " + rank + " has " + reports[rank].voteCount()
                        + " entries; allowed are " + votes + ", as many as the settings have");
            }
        }
    }

    private static Decision nobodyRuns(DecisionSettings settings, Reported reported) {
        int finished = settings.indexOfVote(VoteDefinition.FINISHED);
        if (finished >= 0 && reported.votes().get(finished).orElse(0) == 1) {
            return Decision.withoutPass(Action.STOP, reported, Reason.of(Reason.Kind.ALL_FINISHED));
        }
        return Decision.withoutPass(Action.IDLE, reported, Reason.of(Reason.Kind.NOBODY_HAS_TOKENS));
    }

    /** The eager flag has no say in this. */
    private static boolean canSplit(DecisionSettings settings, Reported reported, RankFacts[] reports) {
        if (settings.microbatches() == 1 || reported.smallestNumTokens() == 0) {
            return false;
        }
        for (RankFacts facts : reports) {
            if (!facts.allowMicrobatches()) {
                return false;
            }
        }
        boolean decode = reported.uniformTokenCount() == settings.decodeQueryLength();
        return reported.smallestNumTokens() >= (decode ? settings.decodeThreshold() : settings.prefillThreshold());
    }

    private static Decision inMicrobatches(GraphTable graphs, Reported reported, int worldSize) {
        GraphKey graph = graphs.dispatchSplit(
                reported.largestNumTokens(), reported.largestNumRequests(), reported.uniformTokenCount());
        // Of two microbatches, the second of the smallest rank would be padding alone.
        if (graph != null && graph.tokens() > 2L * reported.smallestNumTokens()) {
            graph = null;
        }
        Reason.Kind why = graph == null ? Reason.Kind.MICROBATCHES_EAGER : Reason.Kind.MICROBATCHES_IN_GRAPH;
        int microbatches = graphs.settings().microbatches();
        return allPadded(graph, microbatches, worldSize, reported, why);
    }

    /** The first rank for which there is no graph, as the reason why all run eagerly; null where each has one. */
    private static @Nullable Reason whyEager(GraphTable graphs, RankFacts[] reports) {
        if (graphs.isEmpty()) {
            return Reason.of(Reason.Kind.NO_GRAPHS);
        }
        for (int rank = 0; rank < reports.length; rank++) {
            RankFacts facts = reports[rank];
            if (facts.numTokens() == 0) {
                continue;
            }
            if (facts.eager()) {
                return new Reason(Reason.Kind.EAGER_RANK, rank);
            }
            if (graphs.dispatch(facts.numTokens(), facts.numRequests(), facts.uniformTokenCount()) == null) {
                return new Reason(Reason.Kind.NO_GRAPH_FOR_RANK, rank);
            }
        }
        return null;
    }

    private static Decision eager(Reported reported, RankFacts[] reports, Reason why) {
        int[] counts = new int[reports.length];
        for (int rank = 0; rank < counts.length; rank++) {
            counts[rank] = reports[rank].numTokens();
        }
        boolean halfFull = 2 * reported.totalNumTokens() >= (long) reported.largestNumTokens() * counts.length;
        return new Decision(Action.RUN, null, counts, 1, halfFull ? Gather.PADDED : Gather.VARIABLE, reported, why);
    }

    private static Decision padded(GraphTable graphs, Reported reported, int worldSize) {
        GraphKey graph = graphs.dispatch(
                reported.largestNumTokens(), reported.largestNumRequests(), reported.uniformTokenCount());
        Reason.Kind why = graph == null ? Reason.Kind.NO_COMMON_GRAPH : Reason.Kind.GRAPH_FITS;
        return allPadded(graph, 1, worldSize, reported, why);
    }

    private static Decision allPadded(
            @Nullable GraphKey graph, int microbatches, int worldSize, Reported reported, Reason.Kind why) {
        int[] counts = new int[worldSize];
        Arrays.fill(counts, graph == null ? reported.largestNumTokens() : graph.tokens());
        return new Decision(Action.RUN, graph, counts, microbatches, Gather.PADDED, reported, Reason.of(why));
    }
}
