package io.coxswain.worker.runner;

import io.coxswain.v1.Phase;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.forward.ForwardContext;
import io.coxswain.worker.step.PhaseBoard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

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

    final List<Pass> passes = new ArrayList<>();
    private final PhaseBoard phases;

    RecordingModel(PhaseBoard phases) {
        this.phases = phases;
    }

    @Override
    public void attach(Communicator communicator) {
        throw new UnsupportedOperationException("the loop attaches nothing");
    }

    @Override
    public void forward(TokenBatch batch, ForwardShape shape) {
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
