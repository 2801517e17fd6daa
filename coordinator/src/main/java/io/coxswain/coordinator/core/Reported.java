package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a step's reports come to. Immutable.
 *
 * @param largestNumTokens of all ranks
 * @param smallestNumTokens of all ranks, those with zero tokens included
 * @param totalNumTokens of all ranks
 * @param largestNumRequests of all ranks
 * @param uniformTokenCount tokens of each request where all ranks with tokens say the same, else
 *     {@link RankFacts#NOT_UNIFORM}
 * @param votes the agreed ones in the settings' order, those of ranks with zero tokens included; empty where a vote has to
 *     be the same on all ranks and is not
 */
public record Reported(
        int largestNumTokens,
        int smallestNumTokens,
        long totalNumTokens,
        int largestNumRequests,
        int uniformTokenCount,
        List<OptionalLong> votes) {

    /** Sums up reports; at least one. */
    static Reported of(DecisionSettings settings, RankFacts[] reports) {
        int largest = 0;
        int smallest = Integer.MAX_VALUE;
        long total = 0;
        int requests = 0;
        for (RankFacts facts : reports) {
            largest = Math.max(largest, facts.numTokens());
            smallest = Math.min(smallest, facts.numTokens());
            total += facts.numTokens();
            requests = Math.max(requests, facts.numRequests());
        }
        return new Reported(largest, smallest, total, requests, sharedUniformity(reports), votes(settings, reports));
    }

    private static int sharedUniformity(RankFacts[] reports) {
        int shared = RankFacts.NOT_UNIFORM;
        for (RankFacts facts : reports) {
            if (facts.numTokens() == 0) {
                continue;
            }
            int uniform = facts.uniformTokenCount();
            if (uniform == RankFacts.NOT_UNIFORM || (shared != RankFacts.NOT_UNIFORM && shared != uniform)) {
                return RankFacts.NOT_UNIFORM;
            }
            shared = uniform;
        }
        return shared;
    }

    private static List<OptionalLong> votes(DecisionSettings settings, RankFacts[] reports) {
        List<VoteDefinition> definitions = settings.votes();
        if (definitions.isEmpty()) {
            return List.of();
        }
        List<OptionalLong> agreed = new ArrayList<>(definitions.size());
        for (int vote = 0; vote < definitions.size(); vote++) {
            agreed.add(definitions.get(vote).reducer().reduce(reports, vote));
        }
        return List.copyOf(agreed);
    }
}
