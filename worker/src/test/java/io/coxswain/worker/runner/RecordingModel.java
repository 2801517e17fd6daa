package io.coxswain.worker.runner;

import io.coxswain.v1.Phase;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.forward.ForwardContext;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import io.coxswain.worker.step.PhaseBoard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A model that computes nothing and writes down what it was to compute, and where. */
class RecordingModel implements Model {

    /**
     * One forward pass.
     *
     * @param tokens "request@position" of each row that is no padding
     * @param rows that each rank contributes
     */
    record Pass(
            List<String> tokens,
            List<Integer> rows,
            ForwardShape.Layout layout,
            int microbatches,
            ForwardContext context,
            Phase phase) {}

    /** One capture, in the words of {@link Pass}. */
    record Capture(GraphKey graph, List<Integer> rows, ForwardContext context, Phase phase) {}

    final List<Pass> passes = new ArrayList<>();
    final List<Capture> captures = new ArrayList<>();
    /** What it says it has; what it captures is all it has from then on. */
    CapturedGraphs captured = CapturedGraphs.ALL;

    private final List<GraphKey> graphs = new ArrayList<>();
    private final PhaseBoard phases;

    RecordingModel(PhaseBoard phases) {
        this.phases = phases;
    }

    @Override
    public Attachment attach(Communicator communicator) {
        throw new UnsupportedOperationException("the loop attaches nothing");
    }

    @Override
    public CapturedGraphs captured() {
        return captured;
    }

    @Override
    public void capture(GraphKey graph, ForwardShape shape) {
        graphs.add(graph);
        captured = CapturedGraphs.of(graphs);
        captures.add(new Capture(
                graph,
                IntStream.range(0, shape.worldSize()).mapToObj(shape::rows).toList(),
                ForwardContext.current(),
                phases.heartbeat().getPhase()));
    }

    @Override
    public Execution forward(TokenBatch batch, ForwardShape shape, @Nullable GraphKey graph) {
        List<String> tokens = IntStream.range(0, batch.size())
                .mapToObj(row -> batch.requestId(row) + "@" + batch.position(row))
                .toList();
        List<Integer> rows =
                IntStream.range(0, shape.worldSize()).mapToObj(shape::rows).toList();
        passes.add(new Pass(
                tokens,
                rows,
                shape.layout(),
                shape.microbatches(),
                ForwardContext.current(),
                phases.heartbeat().getPhase()));
        return graph != null && graphs.contains(graph) ? Execution.REPLAYED : Execution.EAGER;
    }

    @Override
    public long resultHash() {
        return 0;
    }

    @Override
    public Optional<Verification> verification() {
        return Optional.empty();
    }

    @Override
    public void close() {
        // It holds nothing.
    }
}
