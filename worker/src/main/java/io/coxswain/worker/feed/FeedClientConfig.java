package io.coxswain.worker.feed;

import io.coxswain.v1.Member;
import java.net.InetSocketAddress;

/**
 * Which feed a worker pulls from, and as whom. Immutable.
 *
 * @param address the feed's
 * @param place the worker's, 0 or more
 * @param member the worker's; its id is not 0
 * @param maxRequests the most room that the worker will ever have, 1 to {@link #MAX_REQUESTS}
 * @param timing how long things may take
 */
public record FeedClientConfig(
        InetSocketAddress address, int place, Member member, int maxRequests, FeedTiming timing) {
    public static final int MAX_REQUESTS = 1 << 16;

    /** Throws {@link IllegalArgumentException} where a value is out of range. */
    public FeedClientConfig {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(
                    "feed address is " + address.getHostString() + ", which is no host known here");
        }
        if (place < 0) {
            throw new IllegalArgumentException("place is " + place + "; allowed are 0 to " + Integer.MAX_VALUE);
        }
        if (member.getId() == 0) {
            throw new IllegalArgumentException("member.id is 0; allowed is any other value");
        }
        if (maxRequests < 1 || maxRequests > MAX_REQUESTS) {
            throw new IllegalArgumentException("maxRequests is " + maxRequests + "; allowed are 1 to " + MAX_REQUESTS);
        }
    }
}
