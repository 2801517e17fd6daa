package io.coxswain.worker.feed;

/**
 * What the forward thread said last about its room. Immutable.
 *
 * @param requests there was room for
 * @param taken requests that the forward thread had taken by then
 */
record RoomOffer(int requests, long taken) {
    static final RoomOffer NONE = new RoomOffer(0, 0);

    /** How much of it is left when so many requests have come in all. */
    int openAfter(long requestsInAll) {
        return (int) Math.max(0, requests - (requestsInAll - taken));
    }
}
