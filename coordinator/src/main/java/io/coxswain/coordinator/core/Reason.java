package io.coxswain.coordinator.core;

/**
 * Why a decision is as it is: data first, and one text for the log, the status and the message.
 *
 * @param kind the rule that decided
 * @param rank the lowest rank that made it so, or {@link #NO_RANK}
 */
public record Reason(Kind kind, int rank) {

    /** The rule looks at all ranks alike. */
    public static final int NO_RANK = -1;

    /** The rules that decide. */
    public enum Kind {
        NOBODY_HAS_TOKENS("no rank has tokens"),
        ALL_FINISHED("no rank has tokens and all have finished"),
        MICROBATCHES_IN_GRAPH("all ranks can split their batch, and one graph fits all"),
        MICROBATCHES_EAGER("all ranks can split their batch, but no graph fits all: padded to the largest count"),
        EAGER_RANK("cannot use a graph: all run eagerly"),
        NO_GRAPHS("no graph exists: all run eagerly"),
        NO_GRAPH_FOR_RANK("has a batch that no graph fits: all run eagerly"),
        GRAPH_FITS("one graph fits all ranks"),
        NO_COMMON_GRAPH("each rank has a graph, but none fits all: padded to the largest count"),
        GRAPH_TO_CAPTURE("a graph is not captured on all ranks"),
        MEMBERSHIP_CHANGES("the next epoch is prepared");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** A reason that is no single rank's. */
    public static Reason of(Kind kind) {
        return new Reason(kind, NO_RANK);
    }

    /** The reason for people. */
    public String text() {
        return rank == NO_RANK ? kind.text : "rank " + rank + " " + kind.text;
    }
}
