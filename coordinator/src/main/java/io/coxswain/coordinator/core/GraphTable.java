package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The graphs that a job has, prepared for dispatch. Immutable; made once for its settings and for what all ranks have
 * captured, so that a dispatch allocates nothing.
 */
public final class GraphTable {

    private final DecisionSettings settings;
    /** Ascending by tokens; of one size those that are no twins first, each kind in the order of the capture sizes. */
    private final GraphKey[] full;
    /** Ascending by tokens. */
    private final GraphKey[] piecewise;

    private final List<GraphKey> missing;

    private GraphTable(DecisionSettings settings, List<GraphKey> all, CapturedSet captured) {
        this.settings = settings;
        List<GraphKey> there = all.stream().filter(captured::contains).toList();
        this.missing = all.stream().filter(graph -> !captured.contains(graph)).toList();
        this.full = inOrder(there, CudaGraphMode.FULL);
        this.piecewise = inOrder(there, CudaGraphMode.PIECEWISE);
    }

    /** The graphs that the settings call for and that all ranks have captured. */
    public static GraphTable of(DecisionSettings settings, CapturedSet capturedByAll) {
        return new GraphTable(settings, calledFor(settings), capturedByAll);
    }

    private static GraphKey[] inOrder(List<GraphKey> graphs, CudaGraphMode mode) {
        return graphs.stream()
                .filter(graph -> graph.mode() == mode)
                .sorted(Comparator.comparingInt(GraphKey::tokens).thenComparing(GraphKey::twin))
                .toArray(GraphKey[]::new);
    }

    /** All graphs that the settings call for. */
    static List<GraphKey> calledFor(DecisionSettings settings) {
        Set<GraphKey> graphs = new LinkedHashSet<>();
        GraphModeSetting mode = settings.graphMode();
        for (int size : settings.captureSizes()) {
            if (mode.hasMixedFull()) {
                int requests = Math.min(size, settings.maxRequests());
                graphs.add(new GraphKey(CudaGraphMode.FULL, size, requests, GraphKey.ANY, false));
            }
            if (mode.hasDecodeFull()) {
                addDecodeGraph(graphs, size, settings);
            }
        }
        if (settings.microbatches() > 1) {
            List.copyOf(graphs).forEach(graph -> addTwin(graphs, graph, settings));
        }
        if (mode.hasPiecewise()) {
            for (int size : settings.captureSizes()) {
                graphs.add(new GraphKey(CudaGraphMode.PIECEWISE, size, GraphKey.ANY, GraphKey.ANY, false));
            }
        }
        return List.copyOf(graphs);
    }

    private static void addDecodeGraph(Set<GraphKey> graphs, int size, DecisionSettings settings) {
        long query = settings.decodeQueryLength();
        long tokens = (size + query - 1) / query * query;
        int largest = settings.captureSizes().get(settings.captureSizes().size() - 1);
        if (tokens <= settings.maxRequests() * query && tokens <= largest) {
            int requests = (int) (tokens / query);
            graphs.add(new GraphKey(CudaGraphMode.FULL, (int) tokens, requests, (int) query, false));
        }
    }

    private static void addTwin(Set<GraphKey> graphs, GraphKey graph, DecisionSettings settings) {
        boolean splits = graph.tokens() % graph.requests() == 0
                && graph.tokens() >= settings.decodeThreshold()
                && graph.tokens() >= settings.microbatches();
        if (splits) {
            int uniform = graph.tokens() / graph.requests();
            graphs.add(new GraphKey(CudaGraphMode.FULL, graph.tokens(), graph.requests(), uniform, true));
        }
    }

    /** The settings it was made for. */
    public DecisionSettings settings() {
        return settings;
    }

    /** What the settings call for and some rank has not captured. */
    public List<GraphKey> missing() {
        return missing;
    }

    /**
     * The graph for a batch. Of a size that is too small for the requests or of another uniformity, a larger one is not
     * tried: that is how vLLM dispatches.
     *
     * @param uniform tokens of each request, or {@link RankFacts#NOT_UNIFORM}
     * @return null where no graph fits
     */
    @Nullable
    GraphKey dispatch(int tokens, int requests, int uniform) {
        GraphKey found = firstOfSize(full, tokens, graph -> !graph.twin() && graph.holds(requests, uniform));
        return found != null ? found : firstOfSize(piecewise, tokens, graph -> graph.holds(requests, uniform));
    }

    /** The same for a batch that is split: only a twin fits. */
    @Nullable
    GraphKey dispatchSplit(int tokens, int requests, int uniform) {
        return firstOfSize(full, tokens, graph -> graph.twin() && graph.holds(requests, uniform));
    }

    /** The first that fits among the graphs of the smallest size that holds the tokens. */
    private static @Nullable GraphKey firstOfSize(GraphKey[] graphs, int tokens, Predicate<GraphKey> fits) {
        int first = firstAtLeast(graphs, tokens);
        for (int i = first; i < graphs.length && graphs[i].tokens() == graphs[first].tokens(); i++) {
            if (fits.test(graphs[i])) {
                return graphs[i];
            }
        }
        return null;
    }

    private static int firstAtLeast(GraphKey[] graphs, int tokens) {
        int low = 0;
        int high = graphs.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (graphs[middle].tokens() < tokens) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
