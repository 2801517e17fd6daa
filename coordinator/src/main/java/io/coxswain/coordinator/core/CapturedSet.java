package io.coxswain.coordinator.core;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The graphs that a rank can replay: all that the settings call for, or some. Immutable and thread-safe. */
public final class CapturedSet {

    /** All that the settings call for; a device without graphs, which runs every shape as it is, has them all. */
    public static final CapturedSet ALL = new CapturedSet(null);

    private final @Nullable Set<GraphKey> graphs;

    private CapturedSet(@Nullable Set<GraphKey> graphs) {
        this.graphs = graphs;
    }

    /** These and no others. */
    public static CapturedSet of(Collection<GraphKey> graphs) {
        return new CapturedSet(Set.copyOf(graphs));
    }

    /** Whether a graph is among them. */
    public boolean contains(GraphKey graph) {
        return graphs == null || graphs.contains(graph);
    }

    /** What is in both: what a group has is the intersection over its ranks. */
    public CapturedSet intersect(CapturedSet other) {
        if (graphs == null) {
            return other;
        }
        if (other.graphs == null) {
            return this;
        }
        Set<GraphKey> both = new HashSet<>(graphs);
        both.retainAll(other.graphs);
        return of(both);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CapturedSet that && (graphs == null ? that.graphs == null : graphs.equals(that.graphs));
    }

    @Override
    public int hashCode() {
        return graphs == null ? 0 : graphs.hashCode();
    }

    @Override
    public String toString() {
        return graphs == null ? "all" : graphs.toString();
    }
}
