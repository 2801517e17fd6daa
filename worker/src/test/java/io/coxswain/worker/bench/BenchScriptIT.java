package io.coxswain.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark as a user runs it, with few steps: its figures mean nothing here, that they come out does. */
class BenchScriptIT {

    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final long LIMIT_SECONDS = 120;

    @TempDir
    Path directory;

    @BeforeEach
    void needsItsTools() {
        for (String tool : List.of("gcc", "python3")) {
            boolean there = onPath(tool).isPresent();
            assertThat(there || System.getenv("CI") == null)
                    .as("CI skips nothing: %s is not installed", tool)
                    .isTrue();
            assumeTrue(there, tool + " is not installed");
        }
    }

    @Test
    void shouldMeasureCoxswainBesideTheStarInC() throws Exception {
        Path figures = directory.resolve("figures.json");

        Run run = bench("--ranks", "2", "--steps", "300", "--systems", "coxswain,raw-c", "--json", figures.toString());

        assertThat(run.exitCode()).as(run.output()).isZero();
        JsonNode results = new ObjectMapper().readTree(figures.toFile());
        assertThat(StreamSupport.stream(results.spliterator(), false)
                        .map(each -> Map.of(
                                "system", each.get("system").asText(),
                                "ranks", each.get("ranks").asText(),
                                "phase", each.get("phase").asText())))
                .containsExactlyInAnyOrder(
                        Map.of("system", "coxswain", "ranks", "2", "phase", "cold"),
                        Map.of("system", "raw-c", "ranks", "2", "phase", "cold"));
        assertThat(results).allSatisfy(each -> {
            assertThat(each.get("p50_us").isNumber()).isTrue();
            assertThat(each.get("p99_us").asDouble())
                    .isGreaterThanOrEqualTo(each.get("p50_us").asDouble());
        });
    }

    @Test
    void shouldRefuseAnUnknownSystemByName() throws Exception {
        Run run = bench("--systems", "mpi");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).contains("mpi");
    }

    private record Run(int exitCode, String output) {}

    private Run bench(String... arguments) throws IOException, InterruptedException {
        Path output = directory.resolve("output.txt");
        var builder = new ProcessBuilder(HOME.resolve("scripts/bench.sh").toString(), "agreement");
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_RUNTIME_DIR", directory.toString());
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            return new Run(process.exitValue(), Files.readString(output));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Optional<Path> onPath(String tool) {
        return List.of(System.getenv("PATH").split(":")).stream()
                .map(folder -> Path.of(folder, tool))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
