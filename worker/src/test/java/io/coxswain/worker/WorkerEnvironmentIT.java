package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A worker's process that is told by its environment what no flag says. */
class WorkerEnvironmentIT {

    private static final Map<String, String> GOOD = Map.of(
            "COXSWAIN_COORDINATOR",
            "127.0.0.1:4100",
            "COXSWAIN_FEED",
            "127.0.0.1:4200",
            "WORLD_SIZE",
            "2",
            "RANK",
            "1");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            COXSWAIN_COORDINATOR | nowhere | --coordinator is nowhere; allowed is HOST:PORT with a port of 1 to 65535
            COXSWAIN_FEED | f1:0 | --feed is f1:0; allowed is HOST:PORT with a port of 1 to 65535
            WORLD_SIZE | 0 | --world-size is 0; allowed is 1 to 65536
            RANK | 2 | --place is 2; allowed is 0 to 1
            """)
    void shouldReadAVariableWhereTheFlagIsAbsent(String variable, String value, String said) throws Exception {
        Map<String, String> environment = new HashMap<>(GOOD);
        environment.put(variable, value);

        Ending ending = run(environment);

        assertThat(ending.error()).contains(said);
        assertThat(ending.exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void shouldPreferTheFlag() throws Exception {
        Ending ending = run(GOOD, "--place", "7");

        assertThat(ending.error()).contains("--place is 7; allowed is 0 to 1");
        assertThat(ending.exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void shouldSayWhatIsMissing() throws Exception {
        Ending ending = run(Map.of());

        assertThat(ending.error()).contains("--coordinator", "--feed", "--world-size", "--place");
        assertThat(ending.exitCode()).isEqualTo(ExitCode.USAGE);
    }

    private record Ending(int exitCode, String error) {}

    private Ending run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        Path error = directory.resolve("error");
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WorkerMain.class.getName());
        builder.command().addAll(List.of(arguments));
        GOOD.keySet().forEach(builder.environment()::remove);
        builder.environment().putAll(environment);
        Process worker = builder.redirectError(error.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return new Ending(worker.exitValue(), Files.readString(error, StandardCharsets.UTF_8));
        } finally {
            worker.destroyForcibly();
        }
    }
}
