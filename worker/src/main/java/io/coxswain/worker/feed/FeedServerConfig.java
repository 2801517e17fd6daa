package io.coxswain.worker.feed;

import java.net.InetSocketAddress;

/**
 * How a feed is served. Immutable.
 *
 * @param bind where to listen; port 0: any free one
 * @param worldSize how many places the job has, 1 to {@link #MAX_WORLD_SIZE}; workers of other places are refused
 */
public record FeedServerConfig(InetSocketAddress bind, int worldSize) {
    public static final int MAX_WORLD_SIZE = 65_536;

    /** Throws {@link IllegalArgumentException} where a value is out of range. */
    public FeedServerConfig {
        if (bind.isUnresolved()) {
            throw new IllegalArgumentException("bind is " + bind.getHostString() + ", which is no host known here");
        }
        if (worldSize < 1 || worldSize > MAX_WORLD_SIZE) {
            throw new IllegalArgumentException("worldSize is " + worldSize + "; allowed are 1 to " + MAX_WORLD_SIZE);
        }
    }
}
