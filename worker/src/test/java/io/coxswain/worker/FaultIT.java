package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coxswain.v1.GetStatusResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a running job when one of its processes is killed, stopped or interrupted. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class FaultIT {

    private static final int RANKS = 3;

    @TempDir
    private Path directory;

    /** A job that would run for minutes, in the middle of its steps. */
    private JobProcess longJob(String... flags) throws IOException {
        Path trace = JobProcess.trace(directory.resolve("long.csv"), 2 * RANKS, 3, 1_000_000);
        return JobProcess.launch(
                directory,
                Stream.concat(Stream.of("--nproc-per-node=" + RANKS, "--trace=" + trace), Stream.of(flags))
                        .toArray(String[]::new));
    }

    @Test
    void shouldNameTheWorkerThatWasKilled() throws Exception {
        try (JobProcess job = longJob()) {
            GetStatusResponse status = job.awaitSteps();
            ProcessHandle victim = job.worker(status, 1);

            JobProcess.signal(victim, "KILL");

            assertThat(job.awaitExit()).as(job::text).isEqualTo(137);
            assertThat(job.rootCause()).startsWith("root cause: rank 1 on ").contains("pid " + victim.pid(), "SIGKILL");
            assertThat(job.alive()).isEmpty();
            assertThat(directory.resolve("report.json")).doesNotExist();
        }
    }

    @Test
    void shouldNameTheWorkerThatWasStoppedWithinTheStepDeadline() throws Exception {
        try (JobProcess job = longJob("--step-timeout=2s")) {
            GetStatusResponse status = job.awaitSteps();

            JobProcess.signal(job.worker(status, 2), "STOP");

            assertThat(job.awaitExit()).as(job::text).isEqualTo(3);
            assertThat(job.rootCause()).startsWith("root cause: rank 2 on ");
            assertThat(job.text()).contains("missed its deadline", "no sign of life");
            assertThat(job.alive()).isEmpty();
        }
    }

    @Test
    void shouldLeaveNobodyBehindWhenInterrupted() throws Exception {
        try (JobProcess job = longJob()) {
            job.awaitSteps();

            JobProcess.signal(job.launcher(), "INT");

            assertThat(job.awaitExit()).as(job::text).isEqualTo(130);
            assertThat(job.alive()).isEmpty();
        }
    }

    @Test
    void shouldLeaveNobodyBehindWhenTheLauncherIsKilled() throws Exception {
        try (JobProcess job = longJob()) {
            job.awaitSteps();

            JobProcess.signal(job.launcher(), "KILL");

            await("the end of the children")
                    .atMost(JobProcess.LIMIT)
                    .untilAsserted(() -> assertThat(job.alive()).isEmpty());
        }
    }

    @Test
    void shouldSayThatTheCoordinatorIsLost() throws Exception {
        try (JobProcess job = longJob()) {
            GetStatusResponse status = job.awaitSteps();

            JobProcess.signal(job.coordinator(status), "KILL");

            assertThat(job.awaitExit()).as(job::text).isEqualTo(6);
            assertThat(job.rootCause()).contains("coordinator");
            assertThat(job.alive()).isEmpty();
        }
    }

    @Test
    void shouldEndWhenAWorkerCannotStart() throws Exception {
        try (JobProcess job = longJob("--worker-java-opts=-Xmx1k")) {
            assertThat(job.awaitExit()).as(job::text).isEqualTo(1);
            assertThat(job.rootCause()).contains("rank ");
            assertThat(job.text()).contains("heap");
            assertThat(job.alive()).isEmpty();
        }
    }
}
