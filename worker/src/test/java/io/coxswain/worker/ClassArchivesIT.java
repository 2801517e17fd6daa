package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scripts/launch.sh} does so that JVMs start faster. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ClassArchivesIT {
    private static final String FROM_ARCHIVE = "io.coxswain.worker.Worker source: shared objects file (top)";

    @TempDir
    private Path directory;

    private JobProcess job(Map<String, String> environment) throws Exception {
        return JobProcess.launch(
                directory,
                environment,
                Stream.of("--nproc-per-node=2", "--max-requests=3", "--worker-java-opts=-Xlog:class+load"));
    }

    @Test
    void shouldStartWorkersFromAnArchive() throws Exception {
        try (JobProcess job = job(Map.of())) {
            assertThat(job.awaitExit()).as(job::text).isZero();
            assertThat(job.output())
                    .filteredOn(line -> line.endsWith(FROM_ARCHIVE))
                    .hasSize(2);
        }
    }

    /** Longer than a Unix socket's path may be. */
    @Test
    void shouldMakeThemHoweverLongThePathOfTheCheckoutIs() throws Exception {
        Path made = Files.createDirectories(directory.resolve("d".repeat(120)));
        String script = ". $0/common.sh && . $0/archives.sh && coxswain_make_archives $1";
        Process making = new ProcessBuilder("bash", "-c", script, JobProcess.SCRIPTS.toString(), made.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(making.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(making.waitFor()).as(said).isZero();
        assertThat(made).as(said).isDirectoryContaining("glob:**/{coordinator,worker,launcher}.jsa");
        assertThat(said).isEmpty();
    }

    @Test
    void shouldDoWithoutWhereThereIsNone() throws Exception {
        try (JobProcess job =
                job(Map.of("COXSWAIN_CLASS_ARCHIVES", directory.resolve("none").toString()))) {
            assertThat(job.awaitExit()).as(job::text).isZero();
            assertThat(job.text())
                    .contains("io.coxswain.worker.Worker source: ")
                    .doesNotContain(FROM_ARCHIVE);
        }
    }
}
