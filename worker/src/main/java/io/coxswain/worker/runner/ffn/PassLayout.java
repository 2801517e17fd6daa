package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.runner.ForwardShape;

/**
 * Where the rows of a pass lie: the microbatches one after the other, in each the ranks in their order; and the bytes of it all. Laid
 * out anew for each pass, without allocating while the number of ranks and of microbatches stays. Forward thread only.
 */
final class PassLayout {
    private final long rowBytes;
    private int rank;
    private int worldSize;
    private int microbatches;
    private ForwardShape.Layout layout = ForwardShape.Layout.PADDED;
    private int[] firstOwnRow = new int[0];
    private long[][] bytesByRank = new long[0][];
    private long[] offsets = new long[0];

    /** @param rowBytes bytes of one row */
    PassLayout(long rowBytes) {
        this.rowBytes = rowBytes;
    }

    void layOut(ForwardShape shape) {
        resize(shape.microbatches(), shape.worldSize());
        rank = shape.rank();
        layout = shape.layout();
        for (int part = 0; part < microbatches; part++) {
            firstOwnRow[part] = shape.firstRow(rank, part);
            long bytes = 0;
            for (int other = 0; other < worldSize; other++) {
                int rows = shape.firstRow(other, part + 1) - shape.firstRow(other, part);
                bytesByRank[part][other] = rows * rowBytes;
                bytes += rows * rowBytes;
            }
            offsets[part + 1] = offsets[part] + bytes;
        }
        firstOwnRow[microbatches] = shape.rows(rank);
    }

    private void resize(int parts, int ranks) {
        if (parts != microbatches || ranks != worldSize) {
            microbatches = parts;
            worldSize = ranks;
            firstOwnRow = new int[parts + 1];
            bytesByRank = new long[parts][ranks];
            offsets = new long[parts + 1];
        }
    }

    ForwardShape.Layout layout() {
        return layout;
    }

    int microbatches() {
        return microbatches;
    }

    /** Bytes of all ranks and microbatches. */
    long totalBytes() {
        return offsets[microbatches];
    }

    /** Bytes of all ranks in the largest microbatch. */
    long largestBytes() {
        long largest = 0;
        for (int part = 0; part < microbatches; part++) {
            largest = Math.max(largest, bytes(part));
        }
        return largest;
    }

    /** Bytes of this rank's rows in all microbatches. */
    long ownTotalBytes() {
        return firstOwnRow[microbatches] * rowBytes;
    }

    /** Where a microbatch starts. */
    long offset(int part) {
        return offsets[part];
    }

    /** Bytes of all ranks in a microbatch. */
    long bytes(int part) {
        return offsets[part + 1] - offsets[part];
    }

    /** Rows of all ranks in a microbatch. */
    int rows(int part) {
        return (int) (bytes(part) / rowBytes);
    }

    /** The bytes of each rank in a microbatch; not to be changed. */
    long[] bytesByRank(int part) {
        return bytesByRank[part];
    }

    /** Where this rank's rows start, in its microbatch. */
    long ownOffset(int part) {
        long offset = 0;
        for (int other = 0; other < rank; other++) {
            offset += bytesByRank[part][other];
        }
        return offset;
    }

    /** Bytes of this rank's rows in a microbatch. */
    long ownBytes(int part) {
        return bytesByRank[part][rank];
    }

    /** The first of this rank's rows that a microbatch has; that of the one behind the last is the number of its rows. */
    int firstOwnRow(int part) {
        return firstOwnRow[part];
    }

    /** Where this rank's rows of a microbatch start among its own alone. */
    long ownResultOffset(int part) {
        return firstOwnRow[part] * rowBytes;
    }
}
