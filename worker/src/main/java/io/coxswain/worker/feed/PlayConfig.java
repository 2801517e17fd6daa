package io.coxswain.worker.feed;

import io.coxswain.worker.net.ReplicaAddresses;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a player as a program is told. Immutable; refuses what is out of range by name.
 *
 * @param coordinator where it hears of the members, and whether the job has ended
 * @param listen where workers pull from
 * @param worldSize ranks of the job, 1 to 65536
 * @param verification whether all ranks have to have verified their rows
 * @param waits how long it waits
 * @param report where the report goes as JSON; null: only to standard output
 */
record PlayConfig(
        ReplicaAddresses coordinator,
        InetSocketAddress listen,
        int worldSize,
        Verification verification,
        Waits waits,
        @Nullable Path report) {

    /** Refuses values out of range. */
    PlayConfig {
        if (worldSize < 1 || worldSize > FeedServerConfig.MAX_WORLD_SIZE) {
            throw new IllegalArgumentException(
                    "--world-size is " + worldSize + "; allowed is 1 to " + FeedServerConfig.MAX_WORLD_SIZE);
        }
        if (listen.isUnresolved()) {
            throw new IllegalArgumentException(
                    "--listen is " + listen.getHostString() + ":" + listen.getPort() + ", which is no host known here");
        }
    }

    /** What has to be verified. */
    enum Verification {
        NONE,
        EVERY_ROW
    }

    /**
     * How long it waits.
     *
     * @param join for a coordinator to answer for the first time
     * @param coordinator for a coordinator that leads to answer, once one has
     */
    record Waits(Duration join, Duration coordinator) {

        /** Refuses values out of range. */
        Waits {
            requirePositive("join-timeout", join);
            requirePositive("coordinator-timeout", coordinator);
        }

        private static void requirePositive(String flag, Duration value) {
            if (value.isZero() || value.isNegative()) {
                throw new IllegalArgumentException("--" + flag + " is " + value + "; allowed is more than 0");
            }
        }
    }
}
