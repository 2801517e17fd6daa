package io.coxswain.worker.forward;

import java.util.Arrays;

/**
 * The token counts of all data-parallel ranks in one forward pass, as mixture-of-experts layers and the collectives
 * around them need them.
 *
 * <p>Under sequence parallelism of size s a rank's n tokens are shared out over s devices, ceil(n / s) rows each (the
 * last ones padded), so the methods that take a sequence-parallel size give worldSize * s entries, those of one rank
 * side by side. Size 1 gives the plain counts.
 *
 * <p>Immutable and thread-safe.
 */
public final class DpMetadata {
    private final int rank;
    private final int[] numTokens;
    private final int totalTokens;
    private final int maxTokens;

    private DpMetadata(int rank, int[] ownedNumTokens) {
        long total = 0;
        int max = 0;
        for (int tokens : ownedNumTokens) {
            total += tokens;
            max = Math.max(max, tokens);
        }
        if (total > Integer.MAX_VALUE) {
            throw refused("sum of numTokensAcrossDp", total, "at most " + Integer.MAX_VALUE);
        }
        this.rank = rank;
        this.numTokens = ownedNumTokens;
        this.totalTokens = (int) total;
        this.maxTokens = max;
    }

    /**
     * The counts where the other ranks' are not known: the total spread evenly, the remainder to the lowest ranks.
     *
     * @param worldSize number of ranks, 1 or more
     * @param rank this rank, 0 to worldSize - 1
     * @param numTokens tokens of all ranks together, 0 or more; with one rank those are its own
     * @throws IllegalArgumentException if a value is out of its range; the text names it
     */
    public static DpMetadata make(int worldSize, int rank, int numTokens) {
        requireRankInWorld(worldSize, rank);
        requireAtLeast("numTokens", numTokens, 0);
        int share = numTokens / worldSize;
        int remainder = numTokens % worldSize;
        int[] spread = new int[worldSize];
        for (int i = 0; i < worldSize; i++) {
            spread[i] = i < remainder ? share + 1 : share;
        }
        return new DpMetadata(rank, spread);
    }

    /**
     * The counts as the ranks agreed on them.
     *
     * @param worldSize number of ranks, 1 or more
     * @param rank this rank, 0 to worldSize - 1
     * @param numTokens this rank's own tokens, which the vector must repeat
     * @param numTokensAcrossDp each rank's tokens by rank, 0 or more each; copied
     * @throws IllegalArgumentException if a value is out of its range, or the vector contradicts the others; the text
     *     names it
     */
    public static DpMetadata make(int worldSize, int rank, int numTokens, int[] numTokensAcrossDp) {
        requireRankInWorld(worldSize, rank);
        int[] counts = numTokensAcrossDp.clone();
        if (counts.length != worldSize) {
            throw refused("numTokensAcrossDp length", counts.length, "worldSize, " + worldSize);
        }
        for (int i = 0; i < worldSize; i++) {
            if (counts[i] < 0) {
                throw refused("numTokensAcrossDp[" + i + "]", counts[i], "0 or more");
            }
        }
        if (counts[rank] != numTokens) {
            throw refused("numTokensAcrossDp[" + rank + "]", counts[rank], "this rank's numTokens, " + numTokens);
        }
        return new DpMetadata(rank, counts);
    }

    /** The counts of a world of one rank. */
    public static DpMetadata single(int numTokens) {
        return make(1, 0, numTokens);
    }

    /** The number of data-parallel ranks. */
    public int worldSize() {
        return numTokens.length;
    }

    /** This rank's number, 0 to worldSize - 1. */
    public int rank() {
        return rank;
    }

    /**
     * The tokens of one rank; copies nothing.
     *
     * @throws IndexOutOfBoundsException if there is no such rank
     */
    public int numTokens(int ofRank) {
        return numTokens[ofRank];
    }

    /** The tokens of all ranks, by rank; a copy. */
    public int[] numTokensAcrossDp() {
        return numTokens.clone();
    }

    /** This rank's tokens. */
    public int localTokens() {
        return numTokens[rank];
    }

    /** The tokens of all ranks together. */
    public int totalTokens() {
        return totalTokens;
    }

    /** The tokens of the rank that has most. */
    public int maxTokens() {
        return maxTokens;
    }

    /**
     * Rows on each device: ceil(n / s) for each rank, s times. A new array of worldSize * s entries.
     *
     * @param sequenceParallelSize s, 1 or more
     * @throws IllegalArgumentException if s is out of its range, or so large that the rows exceed an int
     */
    public int[] tokensAcrossSp(int sequenceParallelSize) {
        requireSequenceParallelSize(sequenceParallelSize);
        int[] sizes = new int[numTokens.length * sequenceParallelSize];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = ceilDiv(numTokens[i / sequenceParallelSize], sequenceParallelSize);
        }
        return sizes;
    }

    /**
     * The running sum of {@link #tokensAcrossSp}, inclusive: entry i is where device i's rows end in the gathered
     * batch. A new array of worldSize * s entries.
     *
     * @param sequenceParallelSize s, 1 or more
     * @throws IllegalArgumentException if s is out of its range, or so large that the rows exceed an int
     */
    public int[] cumulativeTokensAcrossSp(int sequenceParallelSize) {
        int[] sums = tokensAcrossSp(sequenceParallelSize);
        for (int i = 1; i < sums.length; i++) {
            sums[i] += sums[i - 1];
        }
        return sums;
    }

    /**
     * Rows on each device in one chunk, where the batch is worked off in chunks of at most C rows a device: max(1,
     * min(C, rows - C * k)). A device that has no rows left takes part with one, so that all make the same number of
     * collective calls. A new array of worldSize * s entries.
     *
     * @param sequenceParallelSize s, 1 or more
     * @param maxChunkTokens C, 1 or more
     * @param chunkIndex k, counted from 0
     * @throws IllegalArgumentException if a value is out of its range; the text names it
     */
    public int[] chunkTokensAcrossSp(int sequenceParallelSize, int maxChunkTokens, int chunkIndex) {
        requireAtLeast("maxChunkTokens", maxChunkTokens, 1);
        requireAtLeast("chunkIndex", chunkIndex, 0);
        long before = (long) maxChunkTokens * chunkIndex;
        int[] sizes = tokensAcrossSp(sequenceParallelSize);
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = (int) Math.max(1, Math.min(maxChunkTokens, sizes[i] - before));
        }
        return sizes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DpMetadata that && rank == that.rank && Arrays.equals(numTokens, that.numTokens);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(numTokens) + rank;
    }

    @Override
    public String toString() {
        return "DpMetadata[rank=" + rank + ", numTokensAcrossDp=" + Arrays.toString(numTokens) + "]";
    }

    /** Bounds the number of entries and, for each rank is padded by less than s, their sum. */
    private void requireSequenceParallelSize(int size) {
        requireAtLeast("sequenceParallelSize", size, 1);
        int largest = (Integer.MAX_VALUE - totalTokens) / numTokens.length;
        if (size > largest) {
            throw refused("sequenceParallelSize", size, "1 to " + largest + " with " + this);
        }
    }

    /** Without the usual addition of divisor - 1, which overflows near the largest int. */
    private static int ceilDiv(int dividend, int divisor) {
        return dividend / divisor + (dividend % divisor == 0 ? 0 : 1);
    }

    private static void requireRankInWorld(int worldSize, int rank) {
        requireAtLeast("worldSize", worldSize, 1);
        if (rank < 0 || rank >= worldSize) {
            throw refused("rank", rank, "0 to " + (worldSize - 1) + " with worldSize " + worldSize);
        }
    }

    private static void requireAtLeast(String field, int value, int least) {
        if (value < least) {
            throw refused(field, value, least + " or more");
        }
    }

    private static IllegalArgumentException refused(String field, long value, String allowed) {
        return new IllegalArgumentException(field + " is " + value + "; allowed is " + allowed);
    }
}
