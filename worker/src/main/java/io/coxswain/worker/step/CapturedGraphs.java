package io.coxswain.worker.step;

import io.coxswain.v1.CapturedSet;
import java.util.Collection;

/** The graphs that a rank can replay, as the coordinator is told. Immutable, thread-safe, compared by value. */
public final class CapturedGraphs {

    /** All that the job's settings call for; a device without graphs has them all, since it runs every shape as it is. */
    public static final CapturedGraphs ALL =
            new CapturedGraphs(CapturedSet.newBuilder().setAll(true).build());

    /** Not one yet. */
    public static final CapturedGraphs NONE = new CapturedGraphs(CapturedSet.getDefaultInstance());

    private final CapturedSet message;

    private CapturedGraphs(CapturedSet message) {
        this.message = message;
    }

    /** These and no others. */
    public static CapturedGraphs of(Collection<GraphKey> graphs) {
        CapturedSet.Builder message = CapturedSet.newBuilder();
        graphs.forEach(graph -> message.addGraphs(graph.toMessage()));
        return new CapturedGraphs(message.build());
    }

    /** In the words of the contract. */
    public CapturedSet toMessage() {
        return message;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CapturedGraphs that && message.equals(that.message);
    }

    @Override
    public int hashCode() {
        return message.hashCode();
    }

    @Override
    public String toString() {
        return message.getAll() ? "all" : message.getGraphsCount() + " graphs";
    }
}
