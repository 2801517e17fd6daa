package io.coxswain.worker.runner;

import java.util.Objects;

/**
 * The next batch of a rank: segments, each some consecutive tokens of one request, no request twice. A view on memory that
 * the next {@link Batcher#plan} reuses; forward thread only.
 */
public final class BatchPlan {
    private final ActiveRequest[] requests;
    private final int[] counts;
    private int segments;
    private int numTokens;
    private boolean sameCounts;

    BatchPlan(int maxSegments) {
        requests = new ActiveRequest[maxSegments];
        counts = new int[maxSegments];
    }

    void clear() {
        for (int segment = 0; segment < segments; segment++) {
            requests[segment] = ActiveRequest.NONE;
        }
        segments = 0;
        numTokens = 0;
        sameCounts = true;
    }

    void add(ActiveRequest request, int count) {
        requests[segments] = request;
        counts[segments] = count;
        sameCounts &= count == counts[0];
        numTokens += count;
        segments++;
    }

    ActiveRequest request(int segment) {
        return requests[Objects.checkIndex(segment, segments)];
    }

    /** Tokens of all segments; 0: the rank has nothing to do. */
    public int numTokens() {
        return numTokens;
    }

    /** How many segments there are, which is the number of requests. */
    public int numRequests() {
        return segments;
    }

    /** The number of tokens that each request has in this batch, where all have the same; 0: they differ, or there is none. */
    public int uniformTokenCount() {
        return segments > 0 && sameCounts ? counts[0] : 0;
    }

    /** The request of a segment. */
    public long requestId(int segment) {
        return request(segment).id();
    }

    /** The position in its request of a segment's first token, from 0. */
    public int firstPosition(int segment) {
        return request(segment).position();
    }

    /** How many tokens a segment has. */
    public int count(int segment) {
        return counts[Objects.checkIndex(segment, segments)];
    }
}
