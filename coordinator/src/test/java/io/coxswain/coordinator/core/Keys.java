package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;

/** Graphs, written short. */
final class Keys {

    private Keys() {}

    static GraphKey piecewise(int tokens) {
        return new GraphKey(CudaGraphMode.PIECEWISE, tokens, GraphKey.ANY, GraphKey.ANY, false);
    }

    static GraphKey mixedFull(int tokens, int requests) {
        return new GraphKey(CudaGraphMode.FULL, tokens, requests, GraphKey.ANY, false);
    }

    static GraphKey decodeFull(int tokens, int requests) {
        return new GraphKey(CudaGraphMode.FULL, tokens, requests, tokens / requests, false);
    }

    static GraphKey twin(int tokens, int requests) {
        return new GraphKey(CudaGraphMode.FULL, tokens, requests, tokens / requests, true);
    }
}
