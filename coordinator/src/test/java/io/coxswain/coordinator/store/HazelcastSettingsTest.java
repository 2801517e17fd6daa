package io.coxswain.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.MapConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HazelcastSettingsTest {

    /** As Hazelcast 5.7 tries again: {@code Invocation.handleRetry}. */
    private static final int TRIES_AT_ONCE = 5;

    private static final int MOST_DOUBLINGS = 20;

    @Test
    void aClaimIsRepeatedForLongerThanTwoMembersCanDifferInMissingTheMaster() {
        long tries = property("hazelcast.mastership.claim.timeout.seconds");
        long longestPauseMillis = property("hazelcast.invocation.retry.pause.millis");
        long claimMillis = LongStream.range(0, tries - TRIES_AT_ONCE)
                .map(doublings -> Math.min(1L << Math.min(doublings, MOST_DOUBLINGS), longestPauseMillis))
                .sum();

        // Each looks once in an interval, at heartbeats that may have come an interval apart.
        Duration difference = Duration.ofSeconds(2 * property("hazelcast.heartbeat.interval.seconds"));
        assertThat(Duration.ofMillis(claimMillis)).isGreaterThan(difference.multipliedBy(2));
    }

    @Test
    void noWriteWaitsForAnotherReplicasCopy() {
        var own = new InetSocketAddress(InetAddress.getLoopbackAddress(), 5701);
        var process = new ReplicaProcess("host", 4711, "host:1");
        var identity = HazelcastStore.Identity.of("train", 1, process);

        MapConfig map = HazelcastSettings.config(identity, new Peers(own, List.of(own), 3))
                .getMapConfig(HazelcastSettings.MAP);

        assertThat(map.getBackupCount()).isZero();
        assertThat(map.getAsyncBackupCount()).isEqualTo(2);
    }

    private static long property(String name) {
        return Long.parseLong(HazelcastSettings.PROPERTIES.getOrDefault(name, ""));
    }
}
