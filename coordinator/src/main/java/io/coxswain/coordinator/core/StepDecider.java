package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The decision: a pure function of what the ranks report. Its rules are vLLM 0.33's (dispatch_cg_and_sync_dp and what it
 * calls), but for ranks with zero tokens, which take part with padding and abstain, and for the gather.
 */
public final class StepDecider {

    private static final List<OptionalLong> NO_VOTES = List.of();

    private StepDecider() {}

    /**
     * Decides a step.
     *
     * @param graphs the graphs there are, with the settings
     * @param reports by rank, each with a value for every vote of the settings; at least one
     */
    public static Decision decide(GraphTable graphs, RankFacts[] reports) {
        Totals totals = Totals.of(graphs.settings(), reports);
        if (totals.largestTokens == 0) {
            return nobodyRuns(graphs.settings(), totals);
        }
        if (canSplit(graphs.settings(), totals, reports)) {
            return split(graphs, totals, reports.length);
        }
        Reason eager = whyEager(graphs, reports);
        return eager == null ? padded(graphs, totals, reports.length) : eagerly(totals, reports, eager);
    }

    private static Decision nobodyRuns(DecisionSettings settings, Totals totals) {
        int finished = settings.indexOfVote(JobSettings.FINISHED_VOTE);
        boolean all = finished >= 0 && totals.reported.votes().get(finished).orElse(0) == 1;
        return all
                ? Decision.withoutPass(Action.STOP, null, totals.reported, Reason.of(Reason.Kind.ALL_FINISHED))
                : Decision.withoutPass(Action.IDLE, null, totals.reported, Reason.of(Reason.Kind.NOBODY_HAS_TOKENS));
    }

    private static boolean canSplit(DecisionSettings settings, Totals totals, RankFacts[] reports) {
        if (settings.microbatches() == 1 || totals.smallestTokens == 0) {
            return false;
        }
        boolean decode = true;
        for (RankFacts facts : reports) {
            if (!facts.allowMicrobatches()) {
                return false;
            }
            decode &= facts.uniformTokenCount() == settings.decodeQueryLength();
        }
        return totals.smallestTokens >= (decode ? settings.decodeThreshold() : settings.prefillThreshold());
    }

    /** A graph that would more than double the smallest rank's tokens costs more than it saves. */
    private static Decision split(GraphTable graphs, Totals totals, int worldSize) {
        GraphKey graph = graphs.dispatchSplit(
                totals.largestTokens, totals.reported.largestNumRequests(), totals.reported.uniformTokenCount());
        if (graph != null && graph.tokens() > 2L * totals.smallestTokens) {
            graph = null;
        }
        Reason.Kind why = graph == null ? Reason.Kind.MICROBATCHES_EAGER : Reason.Kind.MICROBATCHES_IN_GRAPH;
        int tokens = graph == null ? totals.largestTokens : graph.tokens();
        int microbatches = graphs.settings().microbatches();
        return run(graph, allPadTo(tokens, worldSize), microbatches, totals, Reason.of(why));
    }

    private static @Nullable Reason whyEager(GraphTable graphs, RankFacts[] reports) {
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

    private static Decision eagerly(Totals totals, RankFacts[] reports, Reason reason) {
        int[] raw = new int[reports.length];
        for (int rank = 0; rank < raw.length; rank++) {
            raw[rank] = reports[rank].numTokens();
        }
        boolean worthPadding = 2 * totals.sumOfTokens >= (long) totals.largestTokens * raw.length;
        Gather gather = worthPadding ? Gather.PADDED : Gather.VARIABLE;
        return new Decision(Action.RUN, null, raw, 1, gather, totals.reported, reason);
    }

    private static Decision padded(GraphTable graphs, Totals totals, int worldSize) {
        GraphKey graph = graphs.dispatch(
                totals.largestTokens, totals.reported.largestNumRequests(), totals.reported.uniformTokenCount());
        Reason.Kind why = graph == null ? Reason.Kind.NO_COMMON_GRAPH : Reason.Kind.GRAPH_FITS;
        int tokens = graph == null ? totals.largestTokens : graph.tokens();
        return run(graph, allPadTo(tokens, worldSize), 1, totals, Reason.of(why));
    }

    private static int[] allPadTo(int tokens, int worldSize) {
        int[] counts = new int[worldSize];
        Arrays.fill(counts, tokens);
        return counts;
    }

    private static Decision run(
            @Nullable GraphKey graph, int[] tokens, int microbatches, Totals totals, Reason reason) {
        return new Decision(Action.RUN, graph, tokens, microbatches, Gather.PADDED, totals.reported, reason);
    }

    /** What all reports come to. */
    private record Totals(int largestTokens, int smallestTokens, long sumOfTokens, Decision.Reported reported) {

        static Totals of(DecisionSettings settings, RankFacts[] reports) {
            int largest = 0;
            int smallest = Integer.MAX_VALUE;
            long sum = 0;
            int requests = 0;
            int uniform = -1;
            for (RankFacts facts : reports) {
                largest = Math.max(largest, facts.numTokens());
                smallest = Math.min(smallest, facts.numTokens());
                sum += facts.numTokens();
                requests = Math.max(requests, facts.numRequests());
                if (facts.numTokens() > 0) {
                    boolean shared = uniform < 0 || uniform == facts.uniformTokenCount();
                    uniform = shared ? facts.uniformTokenCount() : RankFacts.NOT_UNIFORM;
                }
            }
            int shared = Math.max(uniform, RankFacts.NOT_UNIFORM);
            return new Totals(
                    largest, smallest, sum, new Decision.Reported(shared, requests, votes(settings, reports)));
        }

        private static List<OptionalLong> votes(DecisionSettings settings, RankFacts[] reports) {
            List<VoteDefinition> definitions = settings.votes();
            if (definitions.isEmpty()) {
                return NO_VOTES;
            }
            List<OptionalLong> agreed = new ArrayList<>(definitions.size());
            for (int index = 0; index < definitions.size(); index++) {
                agreed.add(definitions.get(index).reducer().reduce(reports, index));
            }
            return agreed;
        }
    }
}
