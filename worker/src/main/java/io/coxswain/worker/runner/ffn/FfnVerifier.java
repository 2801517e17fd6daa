package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.runner.TokenBatch;
import io.coxswain.worker.runner.Verification;
import org.jspecify.annotations.Nullable;

/**
 * Compares every row of this rank's results with the reference. The error of a row is the Euclidean norm of the difference
 * over that of the reference's row. Forward thread only.
 */
final class FfnVerifier {
    /** The largest relative error in 32-bit floats; sums of a thousand products stay a hundred times below. */
    static final double TOLERANCE = 1e-4;

    private final int hidden;
    private final ReferenceFfn reference;
    private long tokensChecked;
    private double maxRelativeError;
    private @Nullable String firstFailure;

    FfnVerifier(FfnConfig config) {
        this.hidden = config.hidden();
        this.reference = new ReferenceFfn(config);
    }

    /** Checks the results of rows {@code first} to {@code end} of a batch; those behind its size are padding and zero. */
    void check(TokenBatch batch, int first, int end, float[] results) {
        int real = Math.max(first, Math.min(end, batch.size()));
        for (int row = first; row < real; row += ReferenceFfn.TILE_ROWS) {
            checkTile(batch, row, Math.min(real, row + ReferenceFfn.TILE_ROWS), (row - first) * hidden, results);
        }
        for (int row = real; row < end; row++) {
            checkPadding(row, (row - first) * hidden, results);
        }
    }

    private void checkTile(TokenBatch batch, int first, int end, int offset, float[] results) {
        for (int row = first; row < end; row++) {
            reference.token(row - first, batch.requestId(row), batch.position(row));
        }
        float[][] expected = reference.compute(end - first);
        for (int row = first; row < end; row++) {
            double error = relativeError(expected[row - first], results, offset + (row - first) * hidden);
            if (!(error <= TOLERANCE)) {
                fail("request " + batch.requestId(row) + " position " + batch.position(row) + ": relative error "
                        + error + ", allowed is " + TOLERANCE);
            }
            // Not a number and infinity count as infinite, so that no comparison loses them.
            maxRelativeError = Math.max(maxRelativeError, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
            tokensChecked++;
        }
    }

    private static double relativeError(float[] expected, float[] results, int offset) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            double delta = (double) results[offset + i] - expected[i];
            difference += delta * delta;
            norm += (double) expected[i] * expected[i];
        }
        // A row of zeros has no scale of its own; its error is then the absolute one.
        return Math.sqrt(difference / (norm == 0 ? 1 : norm));
    }

    private void checkPadding(int row, int offset, float[] results) {
        for (int i = offset; i < offset + hidden; i++) {
            if (results[i] != 0f) {
                maxRelativeError = Double.POSITIVE_INFINITY;
                fail("padding row " + row + ": column " + (i - offset) + " is " + results[i] + ", it must be zero");
                return;
            }
        }
    }

    private void fail(String text) {
        if (firstFailure == null) {
            firstFailure = text;
        }
    }

    Verification result() {
        return new Verification(tokensChecked, maxRelativeError, firstFailure);
    }
}
