package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.coxswain.v1.GetStatusResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs of plain processes, as srun, mpirun, a kubelet or somebody at a terminal starts them. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class WithoutLauncherIT {

    private static final int RANKS = 3;
    private static final int REQUESTS = 60;
    private static final int PROMPT = 40;
    private static final int GENERATED = 200;

    @TempDir
    private Path directory;

    @Test
    void shouldPlayATraceToWorkersOfWhichOneIsKilledAndStartedAgain() throws Exception {
        Path trace = JobProcess.longTrace(directory.resolve("trace.csv"), REQUESTS, PROMPT, GENERATED);
        Path report = directory.resolve("report.json");
        try (PlainJob job = new PlainJob(directory, RANKS)) {
            Process coordinator = job.coordinator("--on-loss", "wait");
            Process player =
                    job.player("--trace", trace.toString(), "--speed", "1", "--report", report.toString(), "--verify");
            Process byRank = job.worker("by-rank", Map.of("RANK", "0"));
            Process bySlurm = job.worker("by-slurm", Map.of("SLURM_PROCID", "1", "SLURM_NTASKS", "3"));
            Process byPod = job.pod("by-pod", 2);
            job.awaitStatus(status -> status.getState().equals("running") && status.getStep() > 20);
            Process status = job.start("status", "status.sh", Map.of());
            assertThat(PlainJob.exitCode(status)).isZero();
            assertThat(job.said("status")).containsPattern("(?m)^rank +name .*").containsPattern("(?m)^2 +worker-2 ");

            byPod.destroyForcibly();
            PlainJob.exitCode(byPod);
            Process again = job.pod("by-pod-again", 2);

            GetStatusResponse after =
                    job.awaitStatus(now -> now.getRanks(2).getState().equals("running")
                            && now.getRanks(2).getAttempt() == 1);
            assertThat(after.getRanks(2).getLabelsMap()).containsEntry("uid", "by-pod-again");
            assertThat(PlainJob.exitCode(player)).as(job.said("player")).isZero();
            for (Process worker : new Process[] {byRank, bySlurm, again}) {
                assertThat(PlainJob.exitCode(worker)).isZero();
            }
            assertThat(PlainJob.exitCode(coordinator))
                    .as(job.said("coordinator"))
                    .isZero();
        }
        JsonNode written = new ObjectMapper().readTree(report.toFile());
        assertThat(written.get("requests_completed").asInt()).isEqualTo(REQUESTS);
        assertThat(written.get("prompt_tokens").asInt()).isEqualTo(REQUESTS * PROMPT);
        assertThat(written.get("generated_tokens").asInt()).isEqualTo(REQUESTS * GENERATED);
        assertThat(written.get("verification").get("passed").asBoolean()).isTrue();
        JobProcess.assertOneHistory(directory.resolve("steps"));
    }

    @Test
    void shouldSayWhichOfItsPodsAreReadyAndDrainThem() throws Exception {
        Path trace = JobProcess.trace(directory.resolve("trace.csv"), 2000, PROMPT, GENERATED);
        try (PlainJob job = new PlainJob(directory, RANKS)) {
            job.coordinator("--on-loss", "shrink");
            Process pods[] = {job.pod("pod-0", 0), job.pod("pod-1", 1), job.pod("pod-2", 2)};
            await("the start")
                    .atMost(JobProcess.LIMIT)
                    .until(() -> job.health(0, "startup").equals("SERVING"));
            assertThat(job.isReady(0)).as("no epoch runs").isFalse();
            job.player("--trace", trace.toString());
            for (int place = 0; place < RANKS; place++) {
                int its = place;
                await("readiness").atMost(JobProcess.LIMIT).until(() -> job.isReady(its));
                assertThat(job.health(place, "liveness")).isEqualTo("SERVING");
            }

            JobProcess.signal(pods[2].toHandle(), "STOP");
            assertThat(job.health(2, "readiness")).isEqualTo("DEADLINE_EXCEEDED");
            job.awaitStatus(status -> status.getRanks(2).getState().equals("lost"));
            assertThat(job.health(0, "liveness")).isEqualTo("SERVING");
            assertThat(job.health(1, "liveness")).isEqualTo("SERVING");
            await("the others are ready again").atMost(JobProcess.LIMIT).until(() -> job.isReady(0) && job.isReady(1));

            JobProcess.signal(pods[2].toHandle(), "CONT");
            // It may be asked before it has read that its epoch is over.
            await("an end of readiness").atMost(JobProcess.LIMIT).until(() -> !job.isReady(2));
            assertThat(PlainJob.exitCode(pods[2])).isEqualTo(ExitCode.REFUSED);
            Process successor = job.pod("pod-2-again", 2);
            await("the successor").atMost(JobProcess.LIMIT).until(() -> job.isReady(2));

            Process drain =
                    job.start("drain", "drain.sh", Map.of("COXSWAIN_POD_INDEX", "2"), "--wait", "--timeout", "60s");
            assertThat(PlainJob.exitCode(drain)).as(job.said("drain")).isZero();
            assertThat(job.said("drain")).contains("place 2 has left");
            assertThat(PlainJob.exitCode(successor)).isZero();
            pods[1].destroy();
            assertThat(PlainJob.exitCode(pods[1])).as(job.said("pod-1")).isZero();
            assertThat(job.awaitStatus(status -> status.getRanks(1).getState().equals("left"))
                            .getEpochsAborted())
                    .as("nobody but the stopped one cost an epoch")
                    .isEqualTo(1);
            assertThat(job.isReady(0)).isTrue();
        }
    }
}
