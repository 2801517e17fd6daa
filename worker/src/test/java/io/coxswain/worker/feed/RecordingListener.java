package io.coxswain.worker.feed;

import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RankSummary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what the feed's listener hears. */
final class RecordingListener implements FeedListener {
    final Map<Integer, RankProgress> progress = new ConcurrentHashMap<>();
    final List<Long> completed = new CopyOnWriteArrayList<>();
    final List<RankSummary> summaries = new CopyOnWriteArrayList<>();

    @Override
    public void onProgress(int place, RankProgress newest) {
        progress.put(place, newest);
    }

    @Override
    public void onRequestsCompleted(long requestsCompleted) {
        completed.add(requestsCompleted);
    }

    @Override
    public void onSummary(RankSummary summary) {
        summaries.add(summary);
    }
}
