package io.coxswain.worker.runner.ffn;

import java.util.Arrays;

/**
 * The whole block on one rank, in plain Java, for comparison: it shares no code with the sharded path, neither the values'
 * generation nor the products. Computes a tile of rows at a time. Forward thread only.
 */
final class ReferenceFfn {
    /** Rows that pass over the weights together: their states stay in the second-level cache, the weights come by once. */
    static final int TILE_ROWS = 32;

    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private final float[][] w1;
    private final float[][] w2;
    private final long tokenSeed;
    private final float[][] x;
    private final float[][] h;
    private final float[][] y;

    ReferenceFfn(FfnConfig config) {
        SplitMix seeds = new SplitMix(config.seed());
        this.tokenSeed = seeds.next();
        this.w1 = weights(seeds.next(), config.hidden(), config.inner(), Math.sqrt(3.0 / config.hidden()));
        this.w2 = weights(seeds.next(), config.inner(), config.hidden(), Math.sqrt(6.0 / config.inner()));
        this.x = new float[TILE_ROWS][config.hidden()];
        this.h = new float[TILE_ROWS][config.inner()];
        this.y = new float[TILE_ROWS][config.hidden()];
    }

    private static float[][] weights(long seed, int rows, int columns, double scale) {
        SplitMix numbers = new SplitMix(seed);
        float[][] weights = new float[rows][columns];
        for (float[] row : weights) {
            for (int column = 0; column < columns; column++) {
                row[column] = (float) (numbers.nextUniform() * scale);
            }
        }
        return weights;
    }

    /** Sets the token of a row of the tile. */
    void token(int tileRow, long request, int position) {
        long requestSeed = SplitMix.scramble(tokenSeed ^ request);
        SplitMix numbers = new SplitMix(SplitMix.scramble(requestSeed ^ position));
        float[] row = x[tileRow];
        for (int column = 0; column < row.length; column++) {
            row[column] = (float) numbers.nextUniform();
        }
    }

    /** The results of the first {@code rows} rows of the tile; valid until the next call. */
    float[][] compute(int rows) {
        multiply(x, w1, h, rows);
        for (int row = 0; row < rows; row++) {
            clampNegatives(h[row]);
        }
        multiply(h, w2, y, rows);
        return y;
    }

    private static void clampNegatives(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(values[i], 0f);
        }
    }

    /** Four rows of b at a time pass over all rows of the tile, so that they stay in the first-level cache. */
    private static void multiply(float[][] a, float[][] b, float[][] c, int rows) {
        for (int row = 0; row < rows; row++) {
            Arrays.fill(c[row], 0f);
        }
        int inFours = b.length - b.length % 4;
        for (int k = 0; k < inFours; k += 4) {
            for (int row = 0; row < rows; row++) {
                addFour(a[row], b, k, c[row]);
            }
        }
        for (int k = inFours; k < b.length; k++) {
            for (int row = 0; row < rows; row++) {
                addOne(a[row][k], b[k], c[row]);
            }
        }
    }

    /** Written so that C2 of JDK 17 to 25 vectorises it: four inputs, one output, loads first. Eight inputs it does not. */
    private static void addFour(float[] a, float[][] b, int k, float[] c) {
        float a0 = a[k];
        float a1 = a[k + 1];
        float a2 = a[k + 2];
        float a3 = a[k + 3];
        float[] b0 = b[k];
        float[] b1 = b[k + 1];
        float[] b2 = b[k + 2];
        float[] b3 = b[k + 3];
        for (int j = 0; j < c.length; j++) {
            float v0 = b0[j];
            float v1 = b1[j];
            float v2 = b2[j];
            float v3 = b3[j];
            float sum = c[j];
            sum = Math.fma(a0, v0, sum);
            sum = Math.fma(a1, v1, sum);
            sum = Math.fma(a2, v2, sum);
            sum = Math.fma(a3, v3, sum);
            c[j] = sum;
        }
    }

    private static void addOne(float a, float[] b, float[] c) {
        for (int j = 0; j < c.length; j++) {
            c[j] = Math.fma(a, b[j], c[j]);
        }
    }

    /** The generator itself, with its running state. */
    private static final class SplitMix {
        private long state;

        SplitMix(long seed) {
            state = seed;
        }

        long next() {
            state += GAMMA;
            return scramble(state);
        }

        /** In [-1, 1), of the upper 24 bits. */
        double nextUniform() {
            return (next() >>> 40) / 8388608.0 - 1.0;
        }

        static long scramble(long word) {
            long first = (word ^ word >>> 30) * 0xBF58476D1CE4E5B9L;
            long second = (first ^ first >>> 27) * 0x94D049BB133111EBL;
            return second ^ second >>> 31;
        }
    }
}
