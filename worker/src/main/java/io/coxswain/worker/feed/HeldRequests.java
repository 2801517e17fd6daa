package io.coxswain.worker.feed;

import io.coxswain.v1.FeedUp;
import io.coxswain.v1.FinishedRequest;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a worker has to answer for: requests that have arrived and are not acknowledged as finished. Owned by the event loop. */
final class HeldRequests {
    /** By request, the attempt; those that are finished among them. */
    private final Map<Long, Integer> held = new LinkedHashMap<>();

    private final Map<Long, FinishedRequest> finished = new LinkedHashMap<>();
    private long arrived;

    void arrived(FeedRequest request) {
        held.put(request.id(), request.attempt());
        arrived++;
    }

    /** How many have ever arrived. */
    long arrived() {
        return arrived;
    }

    void finished(ExecutedRequest request) {
        finished.put(request.id(), FeedMessages.encode(request));
    }

    /** Finished and not acknowledged. */
    Collection<FinishedRequest> finished() {
        return Collections.unmodifiableCollection(finished.values());
    }

    void acknowledged(List<Long> requests) {
        for (long request : requests) {
            held.remove(request);
            finished.remove(request);
        }
    }

    void sayIn(FeedUp.Builder hello) {
        held.forEach((request, attempt) -> hello.addHeld(FeedMessages.encodeHeld(request, attempt)));
    }
}
