package io.coxswain.worker.feed;

import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RankSummary;

/** Port: who wants to know how the feed's workers do. Called on the feed's event loop; must not block or throw. */
public interface FeedListener {
    /** The newest progress of the worker at this place. */
    void onProgress(int place, RankProgress progress);

    /** How many requests are finished and counted by now; called when that has risen. */
    void onRequestsCompleted(long requestsCompleted);

    /** What a member executed; once per member, and before it is answered. */
    void onSummary(RankSummary summary);
}
