package io.coxswain.worker.runner;

import java.util.Arrays;
import java.util.Objects;

/** The tokens that this rank computes in a step, one a row, without padding. Reused from step to step; forward thread only. */
public final class TokenBatch {
    private static final int FIRST_CAPACITY = 256;

    private long[] requestIds = new long[FIRST_CAPACITY];
    private int[] positions = new int[FIRST_CAPACITY];
    private int size;

    /** Makes it empty; the memory is kept. */
    public void clear() {
        size = 0;
    }

    /** Appends the token at a position (0 or more) of a request. */
    public void add(long request, int position) {
        addRange(request, position, 1);
    }

    /** Appends {@code count} tokens of a request with rising positions. */
    public void addRange(long request, int firstPosition, int count) {
        if (firstPosition < 0 || count < 0 || firstPosition > Integer.MAX_VALUE - count) {
            throw new IllegalArgumentException(
                    "request " + request + " cannot have " + count + " tokens from position " + firstPosition);
        }
        reserve(count);
        for (int i = 0; i < count; i++) {
            requestIds[size] = request;
            positions[size] = firstPosition + i;
            size++;
        }
    }

    private void reserve(int count) {
        int needed = Math.addExact(size, count);
        if (needed > requestIds.length) {
            int capacity = Math.max(needed, requestIds.length * 2);
            requestIds = Arrays.copyOf(requestIds, capacity);
            positions = Arrays.copyOf(positions, capacity);
        }
    }

    /** Number of tokens. */
    public int size() {
        return size;
    }

    /** The request of the token in a row. */
    public long requestId(int row) {
        return requestIds[Objects.checkIndex(row, size)];
    }

    /** The token's position in its request. */
    public int position(int row) {
        return positions[Objects.checkIndex(row, size)];
    }
}
