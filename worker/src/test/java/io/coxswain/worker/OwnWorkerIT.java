package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import example.OwnWorker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of the documentation, as two processes with a real coordinator. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class OwnWorkerIT {

    @TempDir
    private Path directory;

    private static Process rank(PlainJob job, String name, int place) throws IOException {
        return job.java(
                name,
                OwnWorker.class,
                Map.of("RANK", Integer.toString(place), "COXSWAIN_DEVICE", "cpu", "COXSWAIN_ATTEMPT", "0"));
    }

    @Test
    void shouldRunAProgramOfOnesOwnOnEveryRank() throws Exception {
        try (PlainJob job = new PlainJob(directory, 2)) {
            Process coordinator = job.coordinator();
            Process first = rank(job, "first", 0);
            Process second = rank(job, "second", 1);

            assertThat(PlainJob.exitCode(first)).as(job.said("first")).isZero();
            assertThat(PlainJob.exitCode(second)).as(job.said("second")).isZero();
            assertThat(job.said("first")).contains("total 9900.0");
            assertThat(job.said("second")).contains("total 9900.0");
            assertThat(PlainJob.exitCode(coordinator)).isZero();
        }
    }

    @Test
    void shouldRunAModelOfOnesOwnInTheStockWorker() throws Exception {
        try (PlainJob job = new PlainJob(directory, 2)) {
            job.coordinator();
            Process player = job.player("--max-requests", "20");
            Process first = stock(job, "first", 0);
            Process second = stock(job, "second", 1);

            assertThat(PlainJob.exitCode(player)).as(job.said("player")).isZero();
            assertThat(PlainJob.exitCode(first)).as(job.said("first")).isZero();
            assertThat(PlainJob.exitCode(second)).as(job.said("second")).isZero();
        }
    }

    private static Process stock(PlainJob job, String name, int place) throws IOException {
        return job.java(
                name,
                WorkerMain.class,
                Map.of(
                        "RANK", Integer.toString(place),
                        "COXSWAIN_DEVICE", "cpu",
                        "COXSWAIN_ATTEMPT", "0",
                        "COXSWAIN_MODEL_CLASS", "example.OwnModel"));
    }
}
