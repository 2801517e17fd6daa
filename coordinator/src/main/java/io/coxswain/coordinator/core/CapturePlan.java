package io.coxswain.coordinator.core;

import java.util.Comparator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which graph all ranks capture next: a function of what all of them have, so that no rank captures alone. */
public final class CapturePlan {

    /** The largest first, because smaller ones then fit into its memory; among equals the order only has to be fixed. */
    static final Comparator<GraphKey> ORDER = Comparator.comparingInt(GraphKey::tokens)
            .reversed()
            .thenComparing(GraphKey::mode)
            .thenComparing(GraphKey::twin)
            .thenComparingInt(GraphKey::requests);

    private CapturePlan() {}

    /**
     * The next graph to capture.
     *
     * @param graphs what all ranks have captured
     * @param wanted which of the missing ones may be asked for now, such as those of one mode, or not asked for before
     * @return null where none is left
     */
    public static @Nullable GraphKey next(GraphTable graphs, Predicate<GraphKey> wanted) {
        for (GraphKey graph : graphs.missing()) {
            if (wanted.test(graph)) {
                return graph;
            }
        }
        return null;
    }
}
