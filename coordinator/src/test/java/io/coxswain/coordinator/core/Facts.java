package io.coxswain.coordinator.core;

/** Reports, written short. */
final class Facts {

    private static final long[] NO_VOTES = {};

    private Facts() {}

    static RankFacts[] ranks(RankFacts... ranks) {
        return ranks;
    }

    /** A decode batch: every request has as many tokens. */
    static RankFacts decode(int requests, int tokensPerRequest) {
        return new RankFacts(requests * tokensPerRequest, requests, tokensPerRequest, true, false, 0, NO_VOTES);
    }

    /** A batch whose requests have different token counts. */
    static RankFacts mixed(int tokens, int requests) {
        return new RankFacts(tokens, requests, RankFacts.NOT_UNIFORM, true, false, 0, NO_VOTES);
    }

    static RankFacts zero() {
        return new RankFacts(0, 0, RankFacts.NOT_UNIFORM, true, false, 0, NO_VOTES);
    }

    static RankFacts eager(RankFacts facts) {
        return new RankFacts(
                facts.numTokens(), facts.numRequests(), facts.uniformTokenCount(), true, true, 0, facts.votes());
    }

    static RankFacts whole(RankFacts facts) {
        return new RankFacts(
                facts.numTokens(), facts.numRequests(), facts.uniformTokenCount(), false, false, 0, facts.votes());
    }

    static RankFacts voting(RankFacts facts, long... votes) {
        return new RankFacts(
                facts.numTokens(),
                facts.numRequests(),
                facts.uniformTokenCount(),
                facts.allowMicrobatches(),
                facts.eager(),
                facts.activeLoras(),
                votes);
    }
}
