package io.coxswain.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.election.ElectionConfig;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HazelcastSettingsTest {

    /** As Hazelcast 5.7 tries again: {@code Invocation.handleRetry}. */
    private static final int TRIES_AT_ONCE = 5;

    private static final int MOST_DOUBLINGS = 20;

    /** At what has waited for too long: {@code InvocationMonitor}. */
    private static final long LOOKS_EVERY_MILLIS = 1000;

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
    void aWriteIsAnsweredInTimeThoughABackupIsFrozen() {
        Duration longest =
                Duration.ofMillis(property("hazelcast.operation.backup.timeout.millis") + LOOKS_EVERY_MILLIS);

        assertThat(longest)
                .isLessThan(Duration.ofNanos(ElectionConfig.defaults(3).answerNanos()));
    }

    private static long property(String name) {
        return Long.parseLong(HazelcastSettings.PROPERTIES.getOrDefault(name, ""));
    }
}
