package io.coxswain.coordinator.core;

/**
 * Why a decision is as it is: data first, and one text for the log, the status and the message.
 *
 * @param kind which rule decided
 * @param rank the rank that made it so; -1 where it is nobody's
 */
public record Reason(Kind kind, int rank) {

    /** The rules that decide. */
    public enum Kind {
        NOBODY_HAS_TOKENS("no rank has tokens"),
        ALL_FINISHED("no rank has tokens and all have finished"),
        GRAPH_FITS("one graph fits all ranks"),
        NO_COMMON_GRAPH("each rank has a graph, but none fits all: padded to the largest count"),
        EAGER_RANK("cannot use a graph: all run eagerly"),
        NO_GRAPH_FOR_RANK("has a batch that no graph fits: all run eagerly"),
        MICROBATCHES_IN_GRAPH("all ranks can split, and a graph fits"),
        MICROBATCHES_EAGER("all ranks can split, but no graph fits: padded to the largest count"),
        GRAPH_TO_CAPTURE("a graph is not captured on all ranks");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** A reason that is no rank's. */
    static Reason of(Kind kind) {
        return new Reason(kind, -1);
    }

    /** The reason for people. */
    public String text() {
        return rank < 0 ? kind.text : "rank " + rank + " " + kind.text;
    }
}
