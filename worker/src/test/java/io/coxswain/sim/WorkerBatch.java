package io.coxswain.sim;

import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.GraphKey;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.sim.Scenario.Graphs;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.worker.runner.BatchLimits;
import io.coxswain.worker.runner.BatchPlan;
import io.coxswain.worker.runner.Batcher;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a worker runs next, by the real batcher, and the graphs that it has. */
final class WorkerBatch {

    static final int MAX_REQUESTS = 4;
    static final int MAX_TOKENS = 512;

    private static final BatchLimits LIMITS = new BatchLimits(MAX_TOKENS, MAX_REQUESTS);
    private static final long[] BUSY = {0};
    private static final long[] FINISHED = {1};

    private final SimWorker worker;
    private final Set<GraphKey> graphs = new HashSet<>();
    private CapturedSet captured;
    private @Nullable CapturedSet capturedChange;
    private Batcher batcher = new Batcher(LIMITS);
    private boolean planned;

    WorkerBatch(Simulation world, SimWorker worker) {
        this.worker = worker;
        this.captured = world.scenario().traits().graphs() == Graphs.ALL ? CapturedSet.ALL : CapturedSet.of(List.of());
    }

    /** Plans the next step of what is there. */
    RankFacts plan() {
        worker.feed().fill(batcher);
        BatchPlan plan = batcher.plan();
        int tokens = plan.numTokens();
        planned = tokens > 0;
        boolean finished = batcher.isEmpty() && worker.feed().isExhausted();
        return new RankFacts(
                tokens, plan.numRequests(), plan.uniformTokenCount(), tokens > 0, false, 0, finished ? FINISHED : BUSY);
    }

    /** Whether the step that was planned last can still be done. */
    boolean isPlanned() {
        return planned;
    }

    void commit() {
        planned = false;
        batcher.commit(worker.feed()::finished);
        worker.feed().flush();
    }

    void discard() {
        planned = false;
        batcher.discard();
    }

    /** Forgets all requests: the feed gives them to others. */
    void drop() {
        planned = false;
        batcher = new Batcher(LIMITS);
    }

    CapturedSet captured() {
        return captured;
    }

    /** What a report says of the graphs: null where nothing has changed. */
    @Nullable
    CapturedSet capturedChange() {
        CapturedSet change = capturedChange;
        capturedChange = null;
        return change;
    }

    /** FULL graphs ended with the communicator of the epoch before; the first report says what is left. */
    void beginEpoch() {
        if (!captured.equals(CapturedSet.ALL)) {
            graphs.removeIf(graph -> graph.mode() == CudaGraphMode.FULL);
            captured = CapturedSet.of(graphs);
            capturedChange = captured;
        }
    }

    void captured(DecidedStep decided) {
        GraphKey graph = decided.decision().graph();
        if (graph != null) {
            graphs.add(graph);
            captured = CapturedSet.of(graphs);
            capturedChange = captured;
        }
    }
}
