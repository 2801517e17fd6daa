package io.coxswain.worker.runner;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of comparing a model's results with a reference.
 *
 * @param tokensChecked tokens whose results were compared, each time that they were computed
 * @param maxRelativeError the largest error of a token relative to its reference; infinite where a result was not finite
 * @param firstFailure what was wrong first; null when nothing was
 */
public record Verification(
        long tokensChecked,
        double maxRelativeError,
        @Nullable String firstFailure) {

    /** Whether all that was compared was right. */
    public boolean passed() {
        return firstFailure == null;
    }
}
