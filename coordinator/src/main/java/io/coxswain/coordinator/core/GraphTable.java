package io.coxswain.coordinator.core;

import io.coxswain.types.CudaGraphMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The graphs of a group: those that its settings call for and that all ranks have captured, laid out so that a dispatch is
 * one binary search and allocates nothing. Made once for its settings and captured set. Immutable and thread-safe.
 *
 * <p>Which graphs there are, and which one a batch gets, follows vLLM 0.33's CudaGraphManager.
 */
public final class GraphTable {

    private final DecisionSettings settings;
    private final Shelf full;
    private final Shelf piecewise;
    private final List<GraphKey> missing;

    private GraphTable(DecisionSettings settings, CapturedSet captured) {
        List<GraphKey> all = calledFor(settings);
        List<GraphKey> usable = all.stream().filter(captured::contains).toList();
        this.settings = settings;
        this.full = Shelf.of(usable, CudaGraphMode.FULL);
        this.piecewise = Shelf.of(usable, CudaGraphMode.PIECEWISE);
        this.missing = all.stream()
                .filter(graph -> !captured.contains(graph))
                .sorted(CapturePlan.ORDER)
                .toList();
    }

    /** The graphs that the settings call for and that all ranks have captured. */
    public static GraphTable of(DecisionSettings settings, CapturedSet capturedByAll) {
        return new GraphTable(settings, capturedByAll);
    }

    /** All graphs that the settings call for, whoever has captured them. */
    static List<GraphKey> calledFor(DecisionSettings settings) {
        Set<GraphKey> full = new LinkedHashSet<>();
        List<GraphKey> piecewise = new ArrayList<>();
        for (int size : settings.captureSizes()) {
            if (settings.graphMode().hasMixedFull()) {
                int requests = Math.min(size, settings.maxRequests());
                full.add(new GraphKey(CudaGraphMode.FULL, size, requests, GraphKey.ANY, false));
            }
            if (settings.graphMode().hasDecodeFull()) {
                addDecodeGraph(full, size, settings);
            }
            if (settings.graphMode().hasMixedPiecewise()) {
                piecewise.add(new GraphKey(CudaGraphMode.PIECEWISE, size, GraphKey.ANY, GraphKey.ANY, false));
            }
        }
        List<GraphKey> all = new ArrayList<>(full);
        full.stream()
                .filter(graph -> hasTwin(graph, settings))
                .map(GraphTable::twin)
                .forEach(all::add);
        all.addAll(piecewise);
        return all;
    }

    /** Rounding up to whole requests can bring two capture sizes to one graph: the set keeps it once. */
    private static void addDecodeGraph(Set<GraphKey> graphs, int size, DecisionSettings settings) {
        List<Integer> sizes = settings.captureSizes();
        int perRequest = settings.decodeQueryLength();
        long requests = ((long) size + perRequest - 1) / perRequest;
        long tokens = requests * perRequest;
        if (requests <= settings.maxRequests() && tokens <= sizes.get(sizes.size() - 1)) {
            graphs.add(new GraphKey(CudaGraphMode.FULL, (int) tokens, (int) requests, perRequest, false));
        }
    }

    private static boolean hasTwin(GraphKey graph, DecisionSettings settings) {
        return settings.microbatches() > 1
                && graph.tokens() % graph.requests() == 0
                && graph.tokens() >= settings.decodeThreshold()
                && graph.tokens() >= settings.microbatches();
    }

    private static GraphKey twin(GraphKey graph) {
        return new GraphKey(graph.mode(), graph.tokens(), graph.requests(), graph.tokens() / graph.requests(), true);
    }

    /** The settings it was made for. */
    public DecisionSettings settings() {
        return settings;
    }

    /** What the settings call for and some rank has not captured, in the order of capture. */
    public List<GraphKey> missing() {
        return missing;
    }

    /** Whether no graph is left to dispatch to. */
    boolean isEmpty() {
        return full.isEmpty() && piecewise.isEmpty();
    }

    /**
     * The graph for a batch that runs in one piece. Where the smallest size that holds the tokens does not admit the batch,
     * no larger size of the same mode is tried.
     *
     * @param uniform tokens of each request, or {@link RankFacts#NOT_UNIFORM}
     * @return null where no graph fits
     */
    @Nullable
    GraphKey dispatch(int tokens, int requests, int uniform) {
        GraphKey found = admitting(full.whole(tokens), requests, uniform);
        return found != null ? found : admitting(piecewise.whole(tokens), requests, uniform);
    }

    /** The same for a batch that runs in microbatches: only a twin will do. */
    @Nullable
    GraphKey dispatchSplit(int tokens, int requests, int uniform) {
        return admitting(full.twin(tokens), requests, uniform);
    }

    private static @Nullable GraphKey admitting(@Nullable GraphKey graph, int requests, int uniform) {
        return graph != null && graph.admits(requests, uniform) ? graph : null;
    }

    /**
     * One mode's graphs by size. Of a size there is at most one graph and one twin: a job has either mixed or decode FULL
     * graphs, capture sizes are distinct, and a decode graph is given by its size.
     */
    private static final class Shelf {

        /** Ascending; a size is here where a graph or a twin of it is. */
        private final int[] sizes;

        private final @Nullable GraphKey[] wholes;
        private final @Nullable GraphKey[] twins;

        private Shelf(List<GraphKey> graphs) {
            this.sizes = graphs.stream()
                    .mapToInt(GraphKey::tokens)
                    .distinct()
                    .sorted()
                    .toArray();
            this.wholes = place(graphs, sizes, graph -> !graph.twin());
            this.twins = place(graphs, sizes, GraphKey::twin);
        }

        static Shelf of(List<GraphKey> graphs, CudaGraphMode mode) {
            return new Shelf(
                    graphs.stream().filter(graph -> graph.mode() == mode).toList());
        }

        private static @Nullable GraphKey[] place(List<GraphKey> graphs, int[] sizes, Predicate<GraphKey> kind) {
            GraphKey[] placed = new GraphKey[sizes.length];
            graphs.stream().filter(kind).forEach(graph -> placed[Arrays.binarySearch(sizes, graph.tokens())] = graph);
            return placed;
        }

        boolean isEmpty() {
            return sizes.length == 0;
        }

        @Nullable
        GraphKey whole(int tokens) {
            int index = smallestHolding(tokens);
            return index < sizes.length ? wholes[index] : null;
        }

        @Nullable
        GraphKey twin(int tokens) {
            int index = smallestHolding(tokens);
            return index < sizes.length ? twins[index] : null;
        }

        private int smallestHolding(int tokens) {
            int index = Arrays.binarySearch(sizes, tokens);
            return index >= 0 ? index : -index - 1;
        }
    }
}
