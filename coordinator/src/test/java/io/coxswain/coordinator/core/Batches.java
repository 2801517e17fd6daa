package io.coxswain.coordinator.core;

import java.util.List;

/** What ranks report in tests: nothing special about a batch but what is said of it. */
final class Batches {

    private static final long[] NO_VOTES = {};

    private Batches() {}

    /** One request of so many tokens, in a batch of other lengths. */
    static RankFacts prefill(int tokens) {
        return new RankFacts(tokens, 1, RankFacts.NOT_UNIFORM, true, false, 0, NO_VOTES);
    }

    /** So many requests of one token each. */
    static RankFacts decode(int requests) {
        return uniform(requests, 1);
    }

    /** So many requests of so many tokens each. */
    static RankFacts uniform(int requests, int tokensEach) {
        return new RankFacts(requests * tokensEach, requests, tokensEach, true, false, 0, NO_VOTES);
    }

    static RankFacts none() {
        return idle();
    }

    /** No tokens, and these votes. */
    static RankFacts idle(long... votes) {
        return new RankFacts(0, 0, RankFacts.NOT_UNIFORM, true, false, 0, votes);
    }

    static RankFacts eager(RankFacts facts) {
        return new RankFacts(
                facts.numTokens(), facts.numRequests(), facts.uniformTokenCount(), true, true, 0, facts.votes());
    }

    static RankFacts unsplittable(RankFacts facts) {
        return new RankFacts(
                facts.numTokens(), facts.numRequests(), facts.uniformTokenCount(), false, false, 0, facts.votes());
    }

    static RankFacts withVotes(RankFacts facts, long... votes) {
        return new RankFacts(facts.numTokens(), facts.numRequests(), facts.uniformTokenCount(), true, false, 0, votes);
    }

    /** Settings that split nothing. */
    static DecisionSettings settings(GraphModeSetting mode, Integer... captureSizes) {
        return new DecisionSettings(List.of(captureSizes), mode, 256, 1, 1, 32, 512, List.of());
    }

    /** Settings that split in two, decode from 8 tokens and prefill from 100. */
    static DecisionSettings splitting(GraphModeSetting mode, Integer... captureSizes) {
        return new DecisionSettings(List.of(captureSizes), mode, 256, 1, 2, 8, 100, List.of());
    }

    static DecisionSettings voting(VoteDefinition... votes) {
        return new DecisionSettings(List.of(8, 16), GraphModeSetting.PIECEWISE, 256, 1, 1, 32, 512, List.of(votes));
    }

    /** The decision where all ranks have all graphs. */
    static Decision decide(DecisionSettings settings, RankFacts... reports) {
        return StepDecider.decide(GraphTable.of(settings, CapturedSet.ALL), reports);
    }
}
