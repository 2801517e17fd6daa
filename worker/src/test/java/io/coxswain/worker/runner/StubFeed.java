package io.coxswain.worker.runner;

import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.feed.RequestFeed;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A feed that a test fills, from any thread; what the loop tells it is read on the forward thread. */
final class StubFeed implements RequestFeed {

    /** How far the rank said it is. */
    record Progress(long steps, long realTokens, long paddedTokens) {}

    final List<ExecutedRequest> finished = new ArrayList<>();
    final List<Progress> progress = new ArrayList<>();
    final List<Integer> rooms = new ArrayList<>();

    private final Queue<FeedRequest> arrived = new ConcurrentLinkedQueue<>();
    private final int total;
    private volatile boolean ended;
    private Runnable onProgress = () -> {};

    /** A feed that is exhausted when so many requests are finished, or when a test ends it. */
    StubFeed(int total) {
        this.total = total;
    }

    void arrive(FeedRequest request) {
        arrived.add(request);
    }

    void end() {
        ended = true;
    }

    void onProgress(Runnable action) {
        onProgress = action;
    }

    @Override
    public @Nullable FeedRequest poll() {
        return arrived.poll();
    }

    @Override
    public void room(int requests) {
        rooms.add(requests);
    }

    @Override
    public void finished(ExecutedRequest request) {
        finished.add(request);
    }

    @Override
    public void progress(long steps, long realTokens, long paddedTokens, long nowNanos) {
        progress.add(new Progress(steps, realTokens, paddedTokens));
        onProgress.run();
    }

    @Override
    public boolean isExhausted() {
        return ended || finished.size() == total;
    }
}
