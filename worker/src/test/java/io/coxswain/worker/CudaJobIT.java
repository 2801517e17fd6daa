package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankStatus;
import io.coxswain.worker.standin.RequiresStandIn;
import io.coxswain.worker.standin.StandIn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The main job on the stand-in of a GPU, in real processes, with the scripts that users have. */
@RequiresStandIn
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class CudaJobIT {

    private static final int REQUESTS = 40;
    private static final int PROMPT = 40;
    private static final int GENERATED = 120;

    @TempDir
    private Path directory;

    private JobProcess job(Map<String, String> environment, String flags) throws IOException {
        Path trace = JobProcess.trace(directory.resolve("trace.csv"), REQUESTS, PROMPT, GENERATED);
        return job(trace, environment, flags);
    }

    private JobProcess job(Path trace, Map<String, String> environment, String flags) throws IOException {
        String all = flags + " --verify --max-batch-requests=8 --capture-sizes=1,2,4,8,16,64 --trace=" + trace
                + " --cuda-libraries=" + StandIn.directory() + " --step-log=" + directory.resolve("steps");
        return JobProcess.launch(directory, environment, Stream.of(all.split(" ")));
    }

    private static Map<String, String> environment(String... more) {
        Map<String, String> environment = new HashMap<>(Map.of("COXSWAIN_ALLOW_STAND_IN", "true"));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    @ParameterizedTest(name = "{0} ranks {1}")
    @CsvSource({
        "1, --graph-mode=FULL_AND_PIECEWISE",
        "4, --graph-mode=FULL_AND_PIECEWISE",
        "3, --graph-mode=PIECEWISE",
        "2, --graph-mode=FULL --microbatches=2 --decode-threshold=2 --prefill-threshold=2",
        "8, --graph-mode=FULL_DECODE_ONLY"
    })
    void shouldReplayTheTraceOnGraphs(int ranks, String flags) throws Exception {
        try (JobProcess job = job(environment(), "--device=cuda --nproc-per-node=" + ranks + " " + flags)) {
            JsonNode report = job.assertWellEnded(REQUESTS, PROMPT, GENERATED);

            assertThat(report.get("device").asText()).isEqualTo("cuda");
            assertThat(report.get("captured_graphs").asLong()).isPositive();
            long withGraph = report.get("steps").asLong()
                    - report.get("graph_modes").path("NONE").asLong();
            assertThat(report.get("replayed_steps").asLong())
                    .as("every step that was decided to be")
                    .isEqualTo(withGraph)
                    .isPositive();
        }
    }

    @Test
    void shouldRunEagerlyWithoutGraphs() throws Exception {
        try (JobProcess job = job(environment(), "--device=cuda --nproc-per-node=2 --graph-mode=NONE")) {
            JsonNode report = job.assertWellEnded(REQUESTS, PROMPT, GENERATED);

            assertThat(report.get("captured_graphs").asLong()).isZero();
            assertThat(report.get("replayed_steps").asLong()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"shrink", "wait"})
    void shouldGoOnWhenARankIsKilledAmongGraphsThatHoldTheCommunicator(String policy) throws Exception {
        String flags = "--device=cuda --nproc-per-node=3 --speed=1 --on-loss=" + policy;
        Path trace = JobProcess.longTrace(directory.resolve("long.csv"), REQUESTS, PROMPT, GENERATED);
        try (JobProcess job = job(trace, environment("COXSWAIN_STANDIN_JITTER_US", "2000"), flags)) {
            GetStatusResponse before = job.awaitSteps();

            JobProcess.signal(job.worker(before, 1), "KILL");

            job.awaitStatus(status -> status.getState().equals("running")
                    && status.getRanksList().stream().map(RankStatus::getState).allMatch("running"::equals)
                    && status.getRanks(1).getAttempt() == 1);
            JsonNode report = job.assertWellEnded(REQUESTS, PROMPT, GENERATED);
            assertThat(report.get("aborts").asInt()).isEqualTo(1);
            assertThat(report.get("replayed_steps").asLong()).isPositive();
        }
    }

    @ParameterizedTest(name = "{0} of {1} devices for 2 ranks: {2}")
    @CsvSource({"auto, 2, cuda", "auto, 1, cpu", "auto, 0, cpu", "cpu, 2, cpu"})
    void shouldChooseADeviceForAllRanksAlike(String asked, int devices, String chosen) throws Exception {
        Map<String, String> environment = environment("COXSWAIN_STANDIN_DEVICES", Integer.toString(devices));
        try (JobProcess job = job(environment, "--nproc-per-node=2 --device=" + asked)) {
            assertThat(job.assertWellEnded(REQUESTS, PROMPT, GENERATED)
                            .get("device")
                            .asText())
                    .isEqualTo(chosen);
            if (asked.equals("auto")) {
                assertThat(job.text()).contains("--device auto takes " + chosen + ": ");
            }
        }
    }

    @Test
    void shouldEndWithACodeOfItsOwnWhereTheGpuCannotBeHad() throws Exception {
        Map<String, String> environment = environment("COXSWAIN_STANDIN_DEVICES", "0");
        try (JobProcess job = job(environment, "--nproc-per-node=1 --device=cuda")) {
            assertThat(job.awaitExit()).as(job::text).isEqualTo(ExitCode.NO_DEVICE);
            assertThat(job.text())
                    .contains("--device is cuda, which cannot be had: no CUDA device: cudaErrorNoDevice (100)");
        }
    }

    @Test
    void shouldNotRunOnTheStandInUnlessItIsTold() throws Exception {
        try (JobProcess job = job(Map.of("COXSWAIN_ALLOW_STAND_IN", "false"), "--nproc-per-node=1 --device=cuda")) {
            assertThat(job.awaitExit()).as(job::text).isEqualTo(ExitCode.NO_DEVICE);
            assertThat(job.text()).contains("the device is a stand-in for tests: Coxswain stand-in GPU 0");
        }
    }
}
