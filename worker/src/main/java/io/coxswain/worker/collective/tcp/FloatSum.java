package io.coxswain.worker.collective.tcp;

import java.nio.FloatBuffer;

/**
 * Adds up vectors in the order of the ranks. In blocks over the heap, where the compiler vectorises the loop. Forward thread
 * only.
 */
final class FloatSum {
    private static final int BLOCK_FLOATS = 4096;

    private final float[] sum = new float[BLOCK_FLOATS];
    private final float[] addend = new float[BLOCK_FLOATS];

    /** {@code target[i] = (parts[0][i] + parts[1][i]) + parts[2][i] ...}; all have as many floats as the target. */
    void add(FloatBuffer[] parts, FloatBuffer target) {
        int size = target.remaining();
        for (int from = 0; from < size; from += BLOCK_FLOATS) {
            int count = Math.min(BLOCK_FLOATS, size - from);
            parts[0].get(from, sum, 0, count);
            for (int part = 1; part < parts.length; part++) {
                parts[part].get(from, addend, 0, count);
                addBlock(count);
            }
            target.put(from, sum, 0, count);
        }
    }

    private void addBlock(int count) {
        for (int i = 0; i < count; i++) {
            sum[i] += addend[i];
        }
    }
}
