package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/logs.sh} over what launches have kept. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LogsScriptIT {

    @TempDir
    private Path directory;

    @BeforeEach
    void keep() throws IOException {
        write("attempt_0/0/stdout.log", "out of 0\n");
        write("attempt_0/0/stderr.log", "err of 0\n");
        write("attempt_0/1/stdout.log", "out of 1\n");
        write("attempt_0/1/error.json", "{\"exit_code\":5}\n");
        write("attempt_1/1/stdout.log", "out of its successor\n");
        write("failure.json", "{\"root_cause\":\"rank 1\"}\n");
    }

    private void write(String name, String text) throws IOException {
        Path file = directory.resolve("logs/night").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private Process start(String... arguments) throws IOException {
        return JobProcess.script(directory, "logs.sh", List.of(arguments))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("said").toFile())
                .start();
    }

    private String said() throws IOException {
        return Files.readString(directory.resolve("said"));
    }

    private String logs() {
        return directory.resolve("logs").toString();
    }

    private String run(int exitCode, String... arguments) throws Exception {
        Process script = start(arguments);
        assertThat(script.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(script.exitValue()).as(said()).isEqualTo(exitCode);
        return said();
    }

    @Test
    void shouldPrintWhatWasKeptByRankAndAttempt() throws Exception {
        assertThat(run(0, logs()).lines())
                .containsExactly(
                        "[rank 0] out of 0",
                        "[rank 0] err of 0",
                        "[rank 1] out of 1",
                        "[rank 1, attempt 1] out of its successor");
        assertThat(run(0, "--rank", "1", "--attempt", "0", "--stream", "stdout", logs(), "night")
                        .lines())
                .containsExactly("[rank 1] out of 1");
        assertThat(run(0, "--errors", logs()).lines())
                .containsExactly(
                        "# attempt_0/1/error.json",
                        "{\"exit_code\":5}",
                        "# failure.json",
                        "{\"root_cause\":\"rank 1\"}");
    }

    @Test
    void shouldRefuseWhatItDoesNotKnow() throws Exception {
        assertThat(run(2, "--rank", "one", logs())).contains("--rank: 'one' is refused; allowed are numbers");
        assertThat(run(2, directory + "/nothing")).contains("LOG_DIR: there is no directory");
        assertThat(run(1, "--rank", "7", logs())).contains("nothing was kept in");
    }

    @Test
    void shouldFollowARankThatIsRestarted() throws Exception {
        Process script = start("-f", "--rank", "0", logs());
        try {
            awaitSaid("[rank 0] out of 0");
            write("attempt_0/0/stdout.log", "its last words\n");
            awaitSaid("[rank 0] its last words");

            write("attempt_2/0/stdout.log", "here again\n");

            awaitSaid("[rank 0, attempt 2] here again");
        } finally {
            List<ProcessHandle> tails = script.descendants().toList();
            script.destroy();
            assertThat(script.waitFor(30, TimeUnit.SECONDS)).isTrue();
            await("nothing is left that follows")
                    .atMost(JobProcess.LIMIT)
                    .until(() -> tails.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    private void awaitSaid(String line) {
        await(line).atMost(JobProcess.LIMIT).until(() -> said().lines().anyMatch(line::equals));
    }
}
