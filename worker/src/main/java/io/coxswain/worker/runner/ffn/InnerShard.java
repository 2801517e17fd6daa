package io.coxswain.worker.runner.ffn;

/**
 * A rank's share of the inner width: of {@code inner} elements, rank r of n has those from {@code inner * r / n} on; shares
 * differ by one at most, and may be empty where there are more ranks than elements.
 *
 * @param first its first element
 * @param count number of elements
 */
record InnerShard(int first, int count) {
    static InnerShard of(int inner, int rank, int worldSize) {
        int first = (int) ((long) inner * rank / worldSize);
        int end = (int) ((long) inner * (rank + 1) / worldSize);
        return new InnerShard(first, end - first);
    }
}
