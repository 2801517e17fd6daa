package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;

/**
 * A graph, by what it was captured for.
 *
 * @param mode FULL or PIECEWISE
 * @param tokens tokens it holds, padding included; 1 and above
 * @param requests the most requests it holds, or {@link #ANY}
 * @param uniform tokens that each request has to have, or {@link #ANY}
 * @param twin whether it was captured for the run in microbatches, beside the graph of the same shape that was not
 */
public record GraphKey(CudaGraphMode mode, int tokens, int requests, int uniform, boolean twin) {

    /** No limit. */
    public static final int ANY = 0;

    /** @throws IllegalArgumentException for a shape that no graph has; it names field, value and what is allowed */
    public GraphKey {
        if (mode == CudaGraphMode.NONE) {
            throw new IllegalArgumentException("graph.mode is NONE; allowed are PIECEWISE and FULL");
        }
        Range.check("graph.num_tokens", tokens, 1, Integer.MAX_VALUE);
        Range.check("graph.num_requests", requests, ANY, Integer.MAX_VALUE);
        Range.check("graph.uniform_token_count", uniform, ANY, Integer.MAX_VALUE);
    }

    /** Whether a batch fits, its tokens aside; a batch that is not uniform fits only where any uniformity does. */
    boolean admits(int batchRequests, int batchUniform) {
        return (requests == ANY || requests >= batchRequests) && (uniform == ANY || uniform == batchUniform);
    }
}
