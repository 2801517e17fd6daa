package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a group does in a step. Immutable; the array is not to be changed.
 *
 * @param action what all ranks do
 * @param graph the graph that is run or captured, whose shape all pad to; null where the ranks run eagerly
 * @param numTokensAcrossDp by rank, the tokens it runs, padding included; empty unless the action is RUN
 * @param microbatches parts that the padded batch is run in, one after the other
 * @param gather how the rows travel
 * @param reported what the ranks' reports have in common
 * @param reason why it is so
 */
public record Decision(
        Action action,
        @Nullable GraphKey graph,
        int[] numTokensAcrossDp,
        int microbatches,
        Gather gather,
        Reported reported,
        Reason reason) {

    private static final int[] NOBODY = {};

    /**
     * What the ranks' reports have in common.
     *
     * @param uniformTokenCount that all ranks with tokens share, else {@link RankFacts#NOT_UNIFORM}
     * @param largestNumRequests of all
     * @param votes the agreed ones, in the settings' order; empty where ranks must not differ and do
     */
    public record Reported(int uniformTokenCount, int largestNumRequests, List<OptionalLong> votes) {}

    static Decision withoutPass(Action action, @Nullable GraphKey graph, Reported reported, Reason reason) {
        return new Decision(action, graph, NOBODY, 1, Gather.PADDED, reported, reason);
    }

    /** How the pass uses graphs. */
    public CudaGraphMode graphMode() {
        return graph == null ? CudaGraphMode.NONE : graph.mode();
    }
}
