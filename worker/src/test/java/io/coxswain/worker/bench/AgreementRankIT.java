package io.coxswain.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class AgreementRankIT {
    @TempDir
    private Path jobDirectory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatIsLeft() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldAgreeOnAllStepsStopTheJobAndPrintRankZeroOnly() throws Exception {
        String coordinator = startCoordinator();
        Process rankZero = startRank(coordinator, 0, 50);
        Process rankOne = startRank(coordinator, 1, 50);

        JsonNode printed = new ObjectMapper().readTree(rankZero.inputReader().readLine());
        assertThat(printed.path("system").asText()).isEqualTo("coxswain");
        assertThat(printed.path("ranks").asInt()).isEqualTo(2);
        for (String phase : List.of("cold", "warm")) {
            assertThat(printed.path(phase).path("p50_us").asDouble()).isPositive();
            assertThat(printed.path(phase).path("p99_us").asDouble())
                    .isGreaterThanOrEqualTo(printed.path(phase).path("p50_us").asDouble());
        }
        assertThat(rankOne.inputReader().readLine()).isNull();
        for (Process process : started) {
            assertThat(process.waitFor()).isZero();
        }
    }

    @Test
    void shouldEndWithAnErrorWhenAnotherRankLeavesTheLoopEarly() throws Exception {
        String coordinator = startCoordinator();
        Process rankZero = startRank(coordinator, 0, 1_000_000_000);
        Process rankOne = startRank(coordinator, 1, 1);
        // Rank 1 has finished and expects the end of the job, which rank 0 has not: it gives up.
        assertThat(rankOne.waitFor()).isEqualTo(1);
        assertThat(rankZero.waitFor()).isEqualTo(1);
        assertThat(rankZero.inputReader().readLine()).isNull();
    }

    private String startCoordinator() throws IOException {
        Process coordinator = start(
                "io.coxswain.coordinator.CoordinatorMain",
                "--world-size",
                "2",
                "--job",
                "bench",
                "--job-dir",
                jobDirectory.toString(),
                "--join-timeout",
                "30s",
                "--linger",
                "500ms");
        return coordinator.inputReader().readLine();
    }

    private Process startRank(String coordinator, int place, long steps) throws IOException {
        return start(
                "io.coxswain.worker.bench.AgreementRank",
                "--coordinator",
                coordinator,
                "--job",
                "bench",
                "--world-size",
                "2",
                "--place",
                Integer.toString(place),
                "--steps",
                Long.toString(steps),
                "--cold-steps",
                "10",
                "--warm-after",
                "30");
    }

    private Process start(String mainClass, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        started.add(process);
        return process;
    }
}
