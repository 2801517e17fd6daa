package io.coxswain.worker.feed;

import org.jspecify.annotations.Nullable;

/**
 * Port: where the requests of this rank come from. All methods belong to the forward thread, and none of them blocks.
 * They are cheap enough to be called in every step.
 */
public interface RequestFeed {

    /**
     * Takes the next request that has arrived; null when there is none.
     *
     * @throws FeedLostException when none will come any more since the feed is lost
     */
    @Nullable
    FeedRequest poll();

    /**
     * Says how many requests there is room for beyond those that were taken. Only what makes a difference to the feed
     * costs a message.
     *
     * @param requests 0 or more, and not more than the feed was opened for
     */
    void room(int requests);

    /** Reports a request as finished; it is repeated behind the caller's back until the feed has acknowledged it. */
    void finished(ExecutedRequest request);

    /**
     * Says how far the rank is, for people. Most calls do nothing: the feed hears of it about twice a second.
     *
     * @param steps executed by now
     * @param realTokens executed by this rank, without padding
     * @param paddedTokens the same, padding included
     * @param nowNanos the monotonic clock
     */
    void progress(long steps, long realTokens, long paddedTokens, long nowNanos);

    /**
     * True when every request of the feed is finished and counted, on whatever rank; none will come any more.
     *
     * @throws FeedLostException when that cannot become known any more since the feed is lost
     */
    boolean isExhausted();
}
