package io.coxswain.coordinator.core;

import java.util.Comparator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which graph is captured next: a function of what all ranks have, so that no rank captures alone. */
public final class CapturePlan {

    /** The largest first, for smaller graphs then fit into its memory; of one size the order is fixed, whatever it is. */
    private static final Comparator<GraphKey> LARGEST_FIRST = Comparator.comparingInt(GraphKey::tokens)
            .reversed()
            .thenComparing(GraphKey::mode)
            .thenComparing(GraphKey::twin)
            .thenComparingInt(GraphKey::requests);

    private CapturePlan() {}

    /**
     * The next graph to capture.
     *
     * @param graphs what all ranks have
     * @param asked what was asked for before, and is not asked for again: a rank that did not capture it will not
     * @return null where nothing is left to capture
     */
    public static @Nullable GraphKey next(GraphTable graphs, Set<GraphKey> asked) {
        return graphs.missing().stream()
                .filter(graph -> !asked.contains(graph))
                .min(LARGEST_FIRST)
                .orElse(null);
    }
}
