package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.coxswain.v1.GetStatusResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job with three coordinators that die and are told to stop: its ranks go on in the epoch that they are in. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class CoordinatorFailoverIT {

    private static final int RANKS = 3;
    private static final int REQUESTS = 60;
    private static final int PROMPT = 40;
    private static final int GENERATED = 400;

    @TempDir
    private Path directory;

    private JobProcess job() throws IOException {
        Path trace = JobProcess.trace(directory.resolve("trace.csv"), REQUESTS, PROMPT, GENERATED);
        return JobProcess.launch(
                directory,
                "--nproc-per-node=" + RANKS,
                "--coordinators=3",
                "--trace=" + trace,
                "--verify",
                "--max-batch-requests=4",
                "--step-log=" + directory.resolve("steps"));
    }

    @Test
    void shouldGoOnUnderAnotherLeaderWhenTheLeaderIsKilled() throws Exception {
        try (JobProcess job = job()) {
            GetStatusResponse before = job.awaitSteps();

            JobProcess.signal(job.coordinator(before), "KILL");

            assertGoesOnUnderAnother(job, before);
            assertNobodyWasDisturbed(job);
            assertThat(job.text())
                    .containsPattern("coxswain: coordinator [012] ended: SIGKILL")
                    .containsPattern("coxswain: coordinator [012] is started again");
        }
    }

    @Test
    void shouldHandOverWhenTheLeaderIsToldToStop() throws Exception {
        try (JobProcess job = job()) {
            GetStatusResponse before = job.awaitSteps();

            JobProcess.signal(job.coordinator(before), "TERM");

            assertGoesOnUnderAnother(job, before);
            assertNobodyWasDisturbed(job);
        }
    }

    @Test
    void shouldNotNoticeTheDeathOfAStandby() throws Exception {
        try (JobProcess job = job()) {
            GetStatusResponse before = job.awaitSteps();

            JobProcess.signal(job.standby(before), "KILL");

            GetStatusResponse after = job.awaitStatus(status -> status.getStep() > before.getStep() + 100);
            assertThat(after.getTerm()).isEqualTo(before.getTerm());
            assertNobodyWasDisturbed(job);
        }
    }

    private static void assertGoesOnUnderAnother(JobProcess job, GetStatusResponse before) {
        GetStatusResponse after = job.awaitStatus(status ->
                status.getTerm().getNumber() > before.getTerm().getNumber() && status.getStep() > before.getStep() + 5);
        assertThat(after.getEpoch()).isEqualTo(before.getEpoch());
        assertThat(after.getLeader().getPid()).isNotEqualTo(before.getLeader().getPid());
    }

    /** It ends by itself, in the epoch that it began with, with the trace's totals and one history. */
    private void assertNobodyWasDisturbed(JobProcess job) throws Exception {
        JsonNode report = job.assertWellEnded(REQUESTS, PROMPT, GENERATED);
        assertThat(report.get("epochs").asInt()).isEqualTo(1);
        assertThat(report.get("aborts").asInt()).isZero();
        assertThat(report.get("restarts").asInt()).isZero();
        assertThat(report.get("requests_rescheduled").asInt()).isZero();
        assertThat(report.get("recomputed_tokens").asInt()).isZero();
    }
}
