package io.coxswain.worker.feed;

import io.coxswain.v1.FinishedRequest;
import io.coxswain.v1.HeldRequest;
import io.coxswain.v1.RequestHandout;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

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

    static HeldRequest encodeHeld(long request, int attempt) {
        return HeldRequest.newBuilder().setRequest(request).setAttempt(attempt).build();
    }

    /** By request, the attempt. */
    static Map<Long, Integer> decodeHeld(List<HeldRequest> held) {
        return held.stream().collect(Collectors.toMap(HeldRequest::getRequest, HeldRequest::getAttempt, Math::max));
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
