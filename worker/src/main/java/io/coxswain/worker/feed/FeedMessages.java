package io.coxswain.worker.feed;

import io.coxswain.v1.FinishedRequest;
import io.coxswain.v1.RequestHandout;

/** Between the values of this package and the messages of the contract. */
final class FeedMessages {
    /** The contract's limit on the finished requests of one message. */
    static final int MAX_FINISHED = 4096;

    private FeedMessages() {}

    static RequestHandout encode(FeedRequest request) {
        return RequestHandout.newBuilder()
                .setRequest(request.id())
                .setAttempt(request.attempt())
                .setPromptTokens(request.promptTokens())
                .setGeneratedTokens(request.generatedTokens())
                .build();
    }

    /** Throws {@link IllegalArgumentException} where the contract forbids it. */
    static FeedRequest decode(RequestHandout handout) {
        return new FeedRequest(
                handout.getRequest(), handout.getAttempt(), handout.getPromptTokens(), handout.getGeneratedTokens());
    }

    static FinishedRequest encode(ExecutedRequest request) {
        return FinishedRequest.newBuilder()
                .setRequest(request.id())
                .setAttempt(request.attempt())
                .setPromptTokens(request.promptTokens())
                .setGeneratedTokens(request.generatedTokens())
                .build();
    }

    static ExecutedRequest decode(FinishedRequest request) {
        return new ExecutedRequest(
                request.getRequest(), request.getAttempt(), request.getPromptTokens(), request.getGeneratedTokens());
    }
}
