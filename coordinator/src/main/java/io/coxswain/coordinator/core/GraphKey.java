package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;

/**
 * A graph, by what it was captured for.
 *
 * @param mode FULL or PIECEWISE
 * @param tokens tokens it holds, padding included
 * @param requests the most requests it holds, or {@link #ANY}
 * @param uniform tokens that each request has to have, or {@link #ANY}
 * @param twin whether it was captured for the run in microbatches, beside the graph of the same shape that was not
 */
public record GraphKey(CudaGraphMode mode, int tokens, int requests, int uniform, boolean twin) {

    /** No limit. */
    public static final int ANY = 0;

    /** Refuses shapes that no graph has, by name. */
    public GraphKey {
        if (mode == CudaGraphMode.NONE) {
            throw new IllegalArgumentException("graph.mode is NONE; allowed are FULL and PIECEWISE");
        }
        atLeast("graph.num_tokens", tokens, 1);
        atLeast("graph.num_requests", requests, ANY);
        atLeast("graph.uniform_token_count", uniform, ANY);
    }

    private static void atLeast(String field, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(field + " is " + value + "; allowed is " + least + " and above");
        }
    }

    boolean holds(int ofRequests, int ofUniform) {
        return (requests == ANY || requests >= ofRequests) && (uniform == ANY || uniform == ofUniform);
    }
}
