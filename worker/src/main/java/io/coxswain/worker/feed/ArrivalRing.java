package io.coxswain.worker.feed;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Bounded queue without locks: one thread offers, one other thread polls. A place in the ring is free when it is null, so
 * the two threads share nothing but the places.
 */
final class ArrivalRing {
    private final AtomicReferenceArray<@Nullable FeedRequest> places;
    private final int mask;
    private int head;
    private int tail;

    /**
     * @param capacity 1 or more; rounded up to a power of two
     */
    ArrivalRing(int capacity) {
        int size = capacity == 1 ? 1 : Integer.highestOneBit(capacity - 1) << 1;
        places = new AtomicReferenceArray<>(size);
        mask = size - 1;
    }

    /** False when it is full. */
    boolean offer(FeedRequest request) {
        int place = tail & mask;
        if (places.getAcquire(place) != null) {
            return false;
        }
        places.setRelease(place, request);
        tail++;
        return true;
    }

    /** Null when it is empty. */
    @Nullable
    FeedRequest poll() {
        int place = head & mask;
        FeedRequest request = places.getAcquire(place);
        if (request != null) {
            places.setRelease(place, null);
            head++;
        }
        return request;
    }
}
