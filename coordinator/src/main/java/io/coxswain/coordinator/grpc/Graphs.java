package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.GraphKey;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.v1.BatchDescriptor;
import io.coxswain.v1.CapturedGraph;
import io.coxswain.v1.GraphMode;

/** Graphs in messages. Stateless. */
final class Graphs {

    private Graphs() {}

    static GraphKey key(CapturedGraph graph) {
        BatchDescriptor shape = graph.getShape();
        return new GraphKey(
                mode(graph.getMode()),
                shape.getNumTokens(),
                shape.hasNumRequests() ? shape.getNumRequests() : GraphKey.ANY,
                shape.hasUniformTokenCount() ? shape.getUniformTokenCount() : GraphKey.ANY,
                graph.getMicrobatched());
    }

    private static CudaGraphMode mode(GraphMode mode) {
        return switch (mode) {
            case GRAPH_MODE_PIECEWISE -> CudaGraphMode.PIECEWISE;
            case GRAPH_MODE_FULL -> CudaGraphMode.FULL;
            case GRAPH_MODE_NONE, UNRECOGNIZED ->
                throw new IllegalArgumentException(
                        "captured.graphs.mode is " + mode + "; allowed are GRAPH_MODE_PIECEWISE and GRAPH_MODE_FULL");
        };
    }

    static GraphMode mode(CudaGraphMode mode) {
        return switch (mode) {
            case NONE -> GraphMode.GRAPH_MODE_NONE;
            case PIECEWISE -> GraphMode.GRAPH_MODE_PIECEWISE;
            case FULL -> GraphMode.GRAPH_MODE_FULL;
        };
    }

    static BatchDescriptor shape(GraphKey graph) {
        BatchDescriptor.Builder shape = BatchDescriptor.newBuilder().setNumTokens(graph.tokens());
        if (graph.requests() != GraphKey.ANY) {
            shape.setNumRequests(graph.requests());
        }
        if (graph.uniform() != GraphKey.ANY) {
            shape.setUniformTokenCount(graph.uniform());
        }
        return shape.build();
    }
}
