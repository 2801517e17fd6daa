package io.coxswain.worker.feed;

/**
 * What was executed for a request that is finished, counted on the device's side and not copied from the hand-out.
 *
 * @param id the request's
 * @param attempt of the hand-out that was executed
 * @param promptTokens tokens of the prompt that were computed
 * @param generatedTokens tokens that were generated
 */
public record ExecutedRequest(long id, int attempt, int promptTokens, int generatedTokens) {}
