package io.coxswain.worker.runner;

import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;

/**
 * A request that a rank holds, and how far it is. The forward pass of the prompt's last token yields the first generated
 * token, and each generated token but the last is computed in its turn: P + (G - 1) positions for P prompt and G generated
 * tokens. Forward thread only.
 */
final class ActiveRequest {
    /** Fills the places of a plan that are not used, so that finished requests can be collected. */
    static final ActiveRequest NONE = new ActiveRequest(new FeedRequest(0, 0, 1, 1));

    private final FeedRequest request;
    private int promptTokens;
    private int generatedTokens;
    private int position;

    ActiveRequest(FeedRequest request) {
        this.request = request;
    }

    long id() {
        return request.id();
    }

    /** The next one to compute. */
    int position() {
        return position;
    }

    boolean isDecoding() {
        return promptTokens == request.promptTokens();
    }

    int promptTokensLeft() {
        return request.promptTokens() - promptTokens;
    }

    boolean isFinished() {
        return generatedTokens == request.generatedTokens();
    }

    /** Tokens of a chunk of the prompt are done on the device; returns how many tokens that generated. */
    int prefilled(int count) {
        position += count;
        promptTokens += count;
        int generated = isDecoding() ? 1 : 0;
        generatedTokens += generated;
        return generated;
    }

    /** One more token is generated. */
    void decoded() {
        position++;
        generatedTokens++;
    }

    ExecutedRequest executed() {
        return new ExecutedRequest(request.id(), request.attempt(), promptTokens, generatedTokens);
    }
}
