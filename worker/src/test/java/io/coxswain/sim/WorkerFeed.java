package io.coxswain.sim;

import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.runner.Batcher;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A worker's feed stream: it asks for requests as it has room, and repeats what it finished until that is acknowledged. */
final class WorkerFeed {

    private static final long PAUSE = 50 * Times.MILLI;

    private final Simulation world;
    private final SimWorker worker;
    private final Queue<FeedRequest> arrived = new ArrayDeque<>();
    private final Map<Long, ExecutedRequest> unacknowledged = new LinkedHashMap<>();
    private List<ExecutedRequest> unsent = new ArrayList<>();
    private @Nullable Stream stream;
    private int asked;
    private boolean exhausted;

    WorkerFeed(Simulation world, SimWorker worker) {
        this.world = world;
        this.worker = worker;
    }

    /** Opens the stream; what was handed out on the one before is given to others, for the feed cannot know what came. */
    void open() {
        SimFeed feed = world.feed();
        Stream opened = new Stream(Stream.Kind.FEED, world.network(), worker, feed);
        List<ExecutedRequest> again = List.copyOf(unacknowledged.values());
        stream = opened;
        asked = 0;
        unsent = new ArrayList<>();
        arrived.clear();
        worker.steps().batch().drop();
        opened.up(() -> feed.welcome(opened));
        opened.up(() -> feed.finished(opened, again));
    }

    void closed(Stream which) {
        if (which == stream) {
            stream = null;
            worker.later(PAUSE, () -> {
                if (stream == null) {
                    open();
                    worker.steps().news();
                }
            });
        }
    }

    @Nullable
    Stream stream() {
        return stream;
    }

    boolean isExhausted() {
        return exhausted;
    }

    /** Gives a batcher what has come, and asks for more. */
    void fill(Batcher batcher) {
        while (!arrived.isEmpty() && !batcher.isFull()) {
            batcher.add(arrived.remove());
        }
        int room = batcher.room() - arrived.size();
        Stream to = stream;
        if (room > 0 && asked == 0 && to != null && !exhausted) {
            asked = room;
            to.up(() -> world.feed().room(to, room));
        }
    }

    void hear(Stream from, FeedRequest request) {
        if (from == stream) {
            asked--;
            arrived.add(request);
            worker.steps().news();
        }
    }

    void hearAcknowledged(List<ExecutedRequest> counted) {
        counted.forEach(request -> unacknowledged.remove(request.id(), request));
    }

    void hearExhausted(Stream from) {
        if (from == stream) {
            exhausted = true;
            worker.steps().news();
        }
    }

    void finished(ExecutedRequest request) {
        unacknowledged.put(request.id(), request);
        unsent.add(request);
    }

    /** Sends what was finished in one step together. */
    void flush() {
        Stream to = stream;
        if (!unsent.isEmpty() && to != null) {
            List<ExecutedRequest> sent = unsent;
            unsent = new ArrayList<>();
            to.up(() -> world.feed().finished(to, sent));
        }
    }
}
