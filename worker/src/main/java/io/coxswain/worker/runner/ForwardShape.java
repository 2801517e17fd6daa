package io.coxswain.worker.runner;

import io.coxswain.worker.step.GraphKey;
import java.util.Arrays;

/** The shape of one forward pass, the same on all ranks but for the rank. Immutable. */
public final class ForwardShape {

    /** How the ranks' rows are gathered. */
    public enum Layout {
        /** All ranks contribute equally many rows. */
        PADDED,
        /** Every rank contributes as many rows as it says. */
        VARIABLE
    }

    private final int rank;
    private final int[] rowsAcrossDp;
    private final Layout layout;
    private final int microbatches;

    /**
     * Throws {@link IllegalArgumentException} where the values contradict each other.
     *
     * @param rank this rank
     * @param rowsAcrossDp rows that every rank contributes, padding included, in the order of the ranks; copied
     * @param layout with PADDED all rows are equal
     * @param microbatches parts that the rows of every rank are split into, which run one after the other; one at least
     */
    public ForwardShape(int rank, int[] rowsAcrossDp, Layout layout, int microbatches) {
        this.rank = rank;
        this.rowsAcrossDp = rowsAcrossDp.clone();
        this.layout = layout;
        this.microbatches = microbatches;
        if (rank < 0 || rank >= rowsAcrossDp.length) {
            throw new IllegalArgumentException(
                    "rank is " + rank + " among the rows of " + rowsAcrossDp.length + " ranks");
        }
        if (microbatches < 1) {
            throw new IllegalArgumentException("microbatches is " + microbatches + ", one at least is needed");
        }
        for (int other = 0; other < rowsAcrossDp.length; other++) {
            requireRows(other);
        }
    }

    /** The shape in which a graph is captured: as many rows of each of so many ranks. */
    static ForwardShape ofGraph(int rank, int worldSize, GraphKey graph) {
        int[] rows = new int[worldSize];
        Arrays.fill(rows, graph.numTokens());
        return new ForwardShape(rank, rows, Layout.PADDED, graph.microbatches());
    }

    private void requireRows(int other) {
        int rows = rowsAcrossDp[other];
        if (rows < 0) {
            throw new IllegalArgumentException("rank " + other + " has " + rows + " rows");
        }
        if (layout == Layout.PADDED && rows != rowsAcrossDp[0]) {
            throw new IllegalArgumentException("layout PADDED needs equal rows, but rank 0 has " + rowsAcrossDp[0]
                    + " and rank " + other + " has " + rows);
        }
    }

    public int rank() {
        return rank;
    }

    public int worldSize() {
        return rowsAcrossDp.length;
    }

    /** Rows of all ranks, padding included, in the order of the ranks; a copy. */
    int[] rowsAcrossDp() {
        return rowsAcrossDp.clone();
    }

    /** Rows that a rank contributes, padding included. */
    public int rows(int ofRank) {
        return rowsAcrossDp[ofRank];
    }

    public Layout layout() {
        return layout;
    }

    public int microbatches() {
        return microbatches;
    }

    /** First row of a rank's part in a microbatch; that of the microbatch behind the last is the number of its rows. */
    public int firstRow(int ofRank, int microbatch) {
        return (int) ((long) rowsAcrossDp[ofRank] * microbatch / microbatches);
    }
}
