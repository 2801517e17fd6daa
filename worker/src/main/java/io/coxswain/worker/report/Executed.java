package io.coxswain.worker.report;

/**
 * What the ranks have executed, each request once.
 *
 * @param requests how many
 * @param promptTokens of all of them
 * @param generatedTokens of all of them
 * @param rescheduled hand-outs that were taken back, from ranks that are gone or since they never arrived
 */
public record Executed(long requests, long promptTokens, long generatedTokens, long rescheduled) {}
