package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.runner.TokenBatch;
import java.util.Arrays;

/** The values of the package's description, as the sharded path needs them. */
final class SyntheticValues {
    private static final long STEP = 0x9E3779B97F4A7C15L;
    private static final int INPUT = 0;
    private static final int W1 = 1;
    private static final int W2 = 2;

    private final FfnConfig config;
    private final long inputKey;

    SyntheticValues(FfnConfig config) {
        this.config = config;
        this.inputKey = output(config.seed(), INPUT);
    }

    /** Rows {@code first} to {@code end} of a batch; those behind its size are padding and zero. */
    void fillInputs(TokenBatch batch, int first, int end, float[] target) {
        int hidden = config.hidden();
        int real = Math.max(first, Math.min(end, batch.size()));
        for (int row = first; row < real; row++) {
            long key = mix(mix(inputKey ^ batch.requestId(row)) ^ batch.position(row));
            fill(target, (row - first) * hidden, hidden, key);
        }
        Arrays.fill(target, (real - first) * hidden, (end - first) * hidden, 0f);
    }

    private static void fill(float[] target, int offset, int count, long key) {
        for (int i = 0; i < count; i++) {
            target[offset + i] = unit(output(key, i));
        }
    }

    /** The columns of W1 that belong to a share, as a packed matrix of hidden x count. */
    float[] firstWeights(InnerShard shard) {
        long key = output(config.seed(), W1);
        float scale = (float) Math.sqrt(3.0 / config.hidden());
        float[] weights = new float[config.hidden() * shard.count()];
        int next = 0;
        for (int row = 0; row < config.hidden(); row++) {
            long index = (long) row * config.inner() + shard.first();
            for (int column = 0; column < shard.count(); column++) {
                weights[next++] = unit(output(key, index + column)) * scale;
            }
        }
        return weights;
    }

    /** The rows of W2 that belong to a share: count x hidden. */
    float[] secondWeights(InnerShard shard) {
        long key = output(config.seed(), W2);
        float scale = (float) Math.sqrt(6.0 / config.inner());
        float[] weights = new float[shard.count() * config.hidden()];
        long index = (long) shard.first() * config.hidden();
        for (int i = 0; i < weights.length; i++) {
            weights[i] = unit(output(key, index + i)) * scale;
        }
        return weights;
    }

    private static long output(long key, long index) {
        return mix(key + (index + 1) * STEP);
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static float unit(long hash) {
        return (int) (hash >>> 40) * 0x1p-23f - 1f;
    }
}
