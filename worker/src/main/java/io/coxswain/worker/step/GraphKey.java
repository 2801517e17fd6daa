package io.coxswain.worker.step;

import io.coxswain.types.CudaGraphMode;
import io.coxswain.v1.BatchDescriptor;
import io.coxswain.v1.CapturedGraph;
import io.coxswain.v1.GraphMode;

/**
 * A graph, by what it was captured for: what a CAPTURE asks for, what a rank says it has, and what a RUN replays. Immutable,
 * thread-safe, compared by value.
 *
 * @param mode FULL or PIECEWISE
 * @param numTokens tokens of each rank, padding included, 1 or more
 * @param numRequests the most requests it holds; 0: any number
 * @param uniformTokenCount tokens that each request has; 0: any mixture
 * @param microbatches parts that the tokens run in, one after the other, 1 or more
 */
public record GraphKey(CudaGraphMode mode, int numTokens, int numRequests, int uniformTokenCount, int microbatches) {

    /** In the words of the contract. */
    CapturedGraph toMessage() {
        BatchDescriptor.Builder shape = BatchDescriptor.newBuilder().setNumTokens(numTokens);
        if (numRequests > 0) {
            shape.setNumRequests(numRequests);
        }
        if (uniformTokenCount > 0) {
            shape.setUniformTokenCount(uniformTokenCount);
        }
        return CapturedGraph.newBuilder()
                .setMode(mode == CudaGraphMode.FULL ? GraphMode.GRAPH_MODE_FULL : GraphMode.GRAPH_MODE_PIECEWISE)
                .setShape(shape)
                .setMicrobatched(microbatches > 1)
                .build();
    }
}
