package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a group does in a step. Immutable: nobody changes the array, which is not copied because every step would pay for it.
 *
 * @param action what all ranks do
 * @param graph the graph that is run or captured, whose shape all ranks pad to; null where they run eagerly or not at all
 * @param numTokensAcrossDp by rank, the tokens it runs, padding included; empty unless the action is RUN
 * @param microbatches parts that the padded batch is run in, or that the graph is captured for, one after the other
 * @param gather how the rows travel
 * @param reported what the ranks' reports come to
 * @param reason why it is so
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, and the step path pays for no wrapper
public record Decision(
        Action action,
        @Nullable GraphKey graph,
        int[] numTokensAcrossDp,
        int microbatches,
        Gather gather,
        Reported reported,
        Reason reason) {

    private static final int[] NOBODY = {};

    /** A decision by which no rank runs a forward pass. */
    static Decision withoutPass(Action action, Reported reported, Reason reason) {
        return new Decision(action, null, NOBODY, 1, Gather.PADDED, reported, reason);
    }

    /** All ranks capture a graph, and a twin in so many microbatches. */
    static Decision capture(GraphKey graph, int microbatches, Reported reported) {
        Reason reason = Reason.of(Reason.Kind.GRAPH_TO_CAPTURE);
        return new Decision(Action.CAPTURE, graph, NOBODY, microbatches, Gather.PADDED, reported, reason);
    }

    /** How the step uses graphs. */
    public CudaGraphMode graphMode() {
        return graph == null ? CudaGraphMode.NONE : graph.mode();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Decision that
                && action == that.action
                && (graph == null ? that.graph == null : graph.equals(that.graph))
                && Arrays.equals(numTokensAcrossDp, that.numTokensAcrossDp)
                && microbatches == that.microbatches
                && gather == that.gather
                && reported.equals(that.reported)
                && reason.equals(that.reason);
    }

    @Override
    public int hashCode() {
        return 31 * reported.hashCode() + Arrays.hashCode(numTokensAcrossDp);
    }

    @Override
    public String toString() {
        return "Decision[action=" + action + ", graph=" + graph + ", numTokensAcrossDp="
                + Arrays.toString(numTokensAcrossDp) + ", microbatches=" + microbatches + ", gather=" + gather
                + ", reported=" + reported + ", reason=" + reason.text() + "]";
    }
}
