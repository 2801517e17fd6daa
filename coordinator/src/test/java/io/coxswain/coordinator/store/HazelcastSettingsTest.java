package io.coxswain.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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

    private static long property(String name) {
        return Long.parseLong(HazelcastSettings.PROPERTIES.getOrDefault(name, ""));
    }
}
