package io.coxswain.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the program refuses before it serves anybody. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CoordinatorMainIT {

    @TempDir
    private Path directory;

    @Test
    void shouldRefuseAJobWhoseSocketWouldHaveTooLongAPath() throws Exception {
        String job = "j".repeat(63);
        Path deep = Files.createDirectories(directory.resolve("d".repeat(60)));
        try (CoordinatorProcess refused = CoordinatorProcess.start(deep, "--job", job, "--world-size", "1")) {
            assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
            assertThat(refused.log().lines())
                    .singleElement()
                    .asString()
                    .contains(deep + "/" + job)
                    .endsWith("a Unix socket's has at most 107: a shorter job directory or job name is needed");
        }
    }
}
