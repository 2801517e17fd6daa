package io.coxswain.worker.launch;

import io.coxswain.v1.RankProgress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** How far the ranks are. Thread-safe: the feed's threads write, the launcher's reads. */
final class JobProgress {
    private final AtomicReferenceArray<RankProgress> ranks;
    private final AtomicLong requestsCompleted = new AtomicLong();

    JobProgress(int worldSize) {
        ranks = new AtomicReferenceArray<>(worldSize);
    }

    /**
     * @param steps of the rank that is furthest
     * @param realTokens executed by all ranks
     * @param paddedTokens the same, padding included
     */
    record Snapshot(long steps, long realTokens, long paddedTokens, long requestsCompleted) {}

    void onProgress(int place, RankProgress progress) {
        if (place >= 0 && place < ranks.length()) {
            ranks.set(place, progress);
        }
    }

    void onRequestsCompleted(long completed) {
        requestsCompleted.accumulateAndGet(completed, Math::max);
    }

    Snapshot snapshot() {
        long steps = 0;
        long realTokens = 0;
        long paddedTokens = 0;
        for (int place = 0; place < ranks.length(); place++) {
            RankProgress progress = ranks.get(place);
            if (progress != null) {
                steps = Math.max(steps, progress.getSteps());
                realTokens += progress.getRealTokens();
                paddedTokens += progress.getPaddedTokens();
            }
        }
        return new Snapshot(steps, realTokens, paddedTokens, requestsCompleted.get());
    }
}
