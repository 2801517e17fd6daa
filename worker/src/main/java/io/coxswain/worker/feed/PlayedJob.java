package io.coxswain.worker.feed;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.RankSummary;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a player knows of the job that it feeds. Thread-safe: the feed's event loop and the coordinator's channel tell it, the main thread
 * asks.
 */
final class PlayedJob implements FeedListener {

    private final Map<Long, RankSummary> summaries = new HashMap<>();
    private @Nullable GetStatusResponse status;
    /** The places of the last epoch that was seen; the job's end leaves none. */
    private List<Integer> lastRanks = List.of();

    private long heardNanos;
    private long beginNanos;
    private long endNanos;
    private long completed;
    /** Rises with whatever may end a wait. */
    private long news;

    PlayedJob(long nowNanos) {
        heardNanos = nowNanos;
        beginNanos = nowNanos;
        endNanos = nowNanos;
    }

    /** @param askedNanos when it was asked for; what a replica says that does not lead is passed over */
    synchronized void onStatus(GetStatusResponse answer, long askedNanos) {
        if (answer.getState().equals("standby")) {
            return;
        }
        boolean forms = answer.getState().equals("joining") || answer.getState().equals("preparing");
        if (status == null || (forms && answer.getRunDecisions() == 0)) {
            beginNanos = askedNanos;
        }
        List<Integer> ranks = answer.getRanksList().stream()
                .filter(rank -> rank.hasRank() && !rank.getState().equals("lost"))
                .map(RankStatus::getPlace)
                .toList();
        if (!ranks.isEmpty()) {
            lastRanks = ranks;
        }
        status = answer;
        heardNanos = askedNanos;
        endNanos = Math.max(endNanos, askedNanos);
        news++;
        notifyAll();
    }

    @Override
    public void onProgress(int place, RankProgress progress) {
        // The requests that are finished say how far the job is.
    }

    @Override
    public synchronized void onRequestsCompleted(long requestsCompleted) {
        completed = requestsCompleted;
    }

    @Override
    public synchronized void onSummary(RankSummary summary) {
        summaries.putIfAbsent(summary.getMember().getId(), summary);
        news++;
        notifyAll();
    }

    /** Waits until there is news, or for so long. */
    synchronized void awaitNews(Duration atMost) throws InterruptedException {
        long seen = news;
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        long leftMillis = atMost.toMillis();
        while (news == seen && leftMillis > 0) {
            wait(leftMillis);
            leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        }
    }

    synchronized Optional<GetStatusResponse> status() {
        return Optional.ofNullable(status);
    }

    synchronized long completed() {
        return completed;
    }

    /** Whether the job is in a state by the coordinator's last word. */
    synchronized boolean isIn(String state) {
        return status != null && status.getState().equals(state);
    }

    /** Whether all have said what they executed who were in the last epoch. */
    synchronized boolean hasAllSummaries() {
        Set<Integer> told = new HashSet<>();
        summaries.values().forEach(summary -> told.add(summary.getPlace()));
        return !lastRanks.isEmpty() && told.containsAll(lastRanks);
    }

    synchronized List<RankSummary> summaries() {
        return List.copyOf(summaries.values());
    }

    /** Since a coordinator that leads was heard, or since the beginning. */
    synchronized Duration silence(long nowNanos) {
        return Duration.ofNanos(nowNanos - heardNanos);
    }

    /** From the group's start to the last word on it. */
    synchronized Duration wall() {
        return Duration.ofNanos(endNanos - beginNanos);
    }
}
