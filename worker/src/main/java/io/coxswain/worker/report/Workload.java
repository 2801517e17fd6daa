package io.coxswain.worker.report;

/**
 * Totals of the requests to execute.
 *
 * @param requests how many
 * @param promptTokens tokens of all prompts
 * @param generatedTokens tokens to generate
 */
public record Workload(long requests, long promptTokens, long generatedTokens) {}
