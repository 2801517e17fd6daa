package io.coxswain.worker.step;

import io.coxswain.types.BatchDescriptor;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.v1.StepDecision;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What all ranks agreed on for one step: a typed view of the coordinator's decision.
 *
 * <p>Immutable and thread-safe; equal where the decisions are.
 */
public final class AgreedStep {
    /** What the ranks do. */
    public enum Action {
        /** All run a forward pass with the decided shape, those without tokens on padding alone. */
        RUN,
        /** Nobody has anything to run; the next step is open. */
        IDLE,
        /** All capture the graph named by graph mode and shape. */
        CAPTURE,
        /** Last step of the epoch: a planned change of membership follows. */
        RECONFIGURE,
        /** The job has ended well. */
        STOP
    }

    /** How the ranks' rows travel in the collectives of the step. */
    public enum Gather {
        /** The step has no collectives. */
        NONE,
        /** Every rank contributes as many rows as the largest count of all ranks. */
        PADDED,
        /** Each rank contributes as many rows as its own count. */
        VARIABLE
    }

    private final StepDecision decision;
    private final Action action;
    private final CudaGraphMode graphMode;
    private final Optional<BatchDescriptor> shape;
    private final Gather gather;
    private final Optional<GraphKey> graph;

    private AgreedStep(StepDecision decision) {
        this.decision = decision;
        action = actionOf(decision);
        graphMode = graphModeOf(decision);
        shape = decision.hasShape() ? Optional.of(shapeOf(decision)) : Optional.empty();
        gather = gatherOf(decision);
        graph = graphMode == CudaGraphMode.NONE ? Optional.empty() : Optional.of(graphOf(decision, graphMode));
    }

    /**
     * Reads a decision.
     *
     * @param worldSize ranks in its epoch
     * @throws StepException of kind CONTRACT_BROKEN if a field is missing or out of range; the text names it
     */
    public static AgreedStep of(StepDecision decision, int worldSize) {
        AgreedStep agreed = new AgreedStep(decision);
        if (agreed.action == Action.RUN) {
            agreed.requireCounts(worldSize);
        }
        if (agreed.action == Action.CAPTURE && agreed.graph.isEmpty()) {
            throw agreed.broken("graph_mode", "NONE in a CAPTURE", "PIECEWISE or FULL");
        }
        int revisions = decision.getRevisionsCount();
        if (revisions != 0 && revisions != worldSize) {
            throw agreed.broken(
                    "revisions", revisions + " entries", "none, or one for each of " + worldSize + " ranks");
        }
        return agreed;
    }

    /** As it came. */
    StepDecision decision() {
        return decision;
    }

    /** Number of the term in which it was decided. */
    public long term() {
        return decision.getTerm().getNumber();
    }

    /** Number of its epoch. */
    public long epoch() {
        return decision.getEpoch().getNumber();
    }

    /** Number of the step within its epoch. */
    public long step() {
        return decision.getStep();
    }

    /** What the ranks do. */
    public Action action() {
        return action;
    }

    /** How the pass uses graphs. */
    public CudaGraphMode graphMode() {
        return graphMode;
    }

    /**
     * The shape all ranks pad to; empty: each runs eagerly with its own count. It has no LoRA, which is a rank's own
     * affair: the rank puts its own in.
     */
    public Optional<BatchDescriptor> shape() {
        return shape;
    }

    /** The graph that is captured or replayed; empty where each rank runs eagerly, or not at all. */
    public Optional<GraphKey> graph() {
        return graph;
    }

    /** Tokens of each request where all ranks with tokens reported the same. */
    public OptionalInt uniformTokenCount() {
        return decision.hasUniformTokenCount() ? OptionalInt.of(decision.getUniformTokenCount()) : OptionalInt.empty();
    }

    /** The largest number of requests that a rank reported. */
    public int largestNumRequests() {
        return decision.getLargestNumRequests();
    }

    /** Tokens that a rank runs, padding included. Only of a RUN. */
    public int numTokens(int rank) {
        return decision.getNumTokensAcrossDp(rank);
    }

    /** The same for all ranks, by rank; empty unless the action is RUN. The caller owns the array. */
    public int[] numTokensAcrossDp() {
        int[] counts = new int[decision.getNumTokensAcrossDpCount()];
        for (int rank = 0; rank < counts.length; rank++) {
            counts[rank] = decision.getNumTokensAcrossDp(rank);
        }
        return counts;
    }

    /** The revision of a rank's report that was decided on; the rank runs exactly that batch. */
    public int revision(int rank) {
        return decision.getRevisionsCount() == 0 ? 0 : decision.getRevisions(rank);
    }

    /** Equal parts that the padded batch is run in, one after the other; 1: it is not split. */
    public int microbatches() {
        return decision.getMicrobatches();
    }

    /** How the ranks' rows travel. */
    public Gather gather() {
        return gather;
    }

    /** Outcome of a vote by its index in the job's settings; empty: it must be the same everywhere, and is not. */
    public OptionalLong vote(int index) {
        return decision.getVotes(index).hasValue()
                ? OptionalLong.of(decision.getVotes(index).getValue())
                : OptionalLong.empty();
    }

    /** Why this shape, for people. */
    public String reason() {
        return decision.getReason();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AgreedStep that && decision.equals(that.decision);
    }

    @Override
    public int hashCode() {
        return decision.hashCode();
    }

    @Override
    public String toString() {
        return "step " + step() + " " + action + " " + graphMode + " " + shape + " "
                + decision.getNumTokensAcrossDpList() + " (" + reason() + ")";
    }

    private void requireCounts(int worldSize) {
        if (decision.getNumTokensAcrossDpCount() != worldSize) {
            throw broken(
                    "num_tokens_across_dp",
                    decision.getNumTokensAcrossDpCount() + " entries",
                    "one for each of " + worldSize + " ranks");
        }
        for (int rank = 0; rank < worldSize; rank++) {
            if (decision.getNumTokensAcrossDp(rank) < 0) {
                String value = Integer.toUnsignedString(decision.getNumTokensAcrossDp(rank));
                throw broken("num_tokens_across_dp of rank " + rank, value, "0 to " + Integer.MAX_VALUE);
            }
        }
        if (decision.getMicrobatches() < 1) {
            throw broken("microbatches", Integer.toUnsignedString(decision.getMicrobatches()), "1 or more");
        }
        if (gather == Gather.NONE) {
            throw broken("gather", decision.getGather().name(), "PADDED or VARIABLE");
        }
    }

    private StepException broken(String field, String value, String allowed) {
        return broken(decision, field, value, allowed);
    }

    private static StepException broken(StepDecision decision, String field, String value, String allowed) {
        return new StepException(
                StepException.Kind.CONTRACT_BROKEN,
                "the decision of step " + decision.getStep() + " has " + field + " " + value + "; allowed is "
                        + allowed);
    }

    private static Action actionOf(StepDecision decision) {
        return switch (decision.getAction()) {
            case ACTION_RUN -> Action.RUN;
            case ACTION_IDLE -> Action.IDLE;
            case ACTION_CAPTURE -> Action.CAPTURE;
            case ACTION_RECONFIGURE -> Action.RECONFIGURE;
            case ACTION_STOP -> Action.STOP;
            case ACTION_UNSPECIFIED, UNRECOGNIZED ->
                throw broken(decision, "action", Integer.toString(decision.getActionValue()), "1 (RUN) to 5 (STOP)");
        };
    }

    private static CudaGraphMode graphModeOf(StepDecision decision) {
        return switch (decision.getGraphMode()) {
            case GRAPH_MODE_NONE -> CudaGraphMode.NONE;
            case GRAPH_MODE_PIECEWISE -> CudaGraphMode.PIECEWISE;
            case GRAPH_MODE_FULL -> CudaGraphMode.FULL;
            case UNRECOGNIZED ->
                throw broken(
                        decision, "graph_mode", Integer.toString(decision.getGraphModeValue()), "0 (NONE) to 2 (FULL)");
        };
    }

    private static Gather gatherOf(StepDecision decision) {
        return switch (decision.getGather()) {
            case GATHER_UNSPECIFIED -> Gather.NONE;
            case GATHER_PADDED -> Gather.PADDED;
            case GATHER_VARIABLE -> Gather.VARIABLE;
            case UNRECOGNIZED ->
                throw broken(
                        decision, "gather", Integer.toString(decision.getGatherValue()), "1 (PADDED) or 2 (VARIABLE)");
        };
    }

    private static GraphKey graphOf(StepDecision decision, CudaGraphMode mode) {
        if (!decision.hasShape()) {
            throw broken(decision, "shape", "absent", "the shape of the " + mode + " graph");
        }
        if (decision.getMicrobatches() < 1) {
            throw broken(decision, "microbatches", Integer.toUnsignedString(decision.getMicrobatches()), "1 or more");
        }
        io.coxswain.v1.BatchDescriptor shape = decision.getShape();
        return new GraphKey(
                mode,
                shape.getNumTokens(),
                shape.getNumRequests(),
                shape.getUniformTokenCount(),
                decision.getMicrobatches());
    }

    private static BatchDescriptor shapeOf(StepDecision decision) {
        io.coxswain.v1.BatchDescriptor shape = decision.getShape();
        if (shape.getNumTokens() < 1 || shape.getNumRequests() < 0) {
            String counts = Integer.toUnsignedString(shape.getNumTokens()) + " tokens and "
                    + Integer.toUnsignedString(shape.getNumRequests()) + " requests";
            throw broken(decision, "shape", counts, "1 to 2147483647 tokens and 0 to 2147483647 requests");
        }
        OptionalInt numRequests = shape.hasNumRequests() ? OptionalInt.of(shape.getNumRequests()) : OptionalInt.empty();
        return new BatchDescriptor(shape.getNumTokens(), numRequests, shape.hasUniformTokenCount(), false, 0);
    }
}
