package io.coxswain.coordinator.observe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the status program was asked for. Immutable.
 *
 * @param coordinators whom to ask, all replicas of one job; empty (the default): the job that runs on this machine
 * @param job which of the jobs on this machine; null (the default): the only one
 * @param jobDirectory where the jobs of this machine are; null (the default): {@link JobRegistry#defaultDirectory}
 * @param format how to print, a table by default
 * @param timeout how long to wait for the answer, 1 ms to 1 h; 5 s by default
 */
record StatusSettings(
        List<HostPort> coordinators,
        @Nullable String job,
        @Nullable Path jobDirectory,
        Format format,
        Duration timeout) {
    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(1);
    private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

    enum Format {
        TABLE,
        JSON
    }

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range or contradicts another
     */
    StatusSettings {
        coordinators = List.copyOf(coordinators);
        if (job != null) {
            JobEntry.requireJob(job);
        }
        if (!coordinators.isEmpty() && (job != null || jobDirectory != null)) {
            throw new IllegalArgumentException(
                    "--coordinator says whom to ask; --job and --job-dir are for jobs on this machine: only one of the"
                            + " two is allowed");
        }
        if (timeout.compareTo(SHORTEST_TIMEOUT) < 0 || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new IllegalArgumentException("--timeout " + timeout.toMillis() + "ms: 1ms to 60m is allowed");
        }
    }
}
