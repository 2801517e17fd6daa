package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The main job with real processes: its totals are the trace's, and every row is verified. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class MainJobIT {

    private static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

    @TempDir
    private Path directory;

    @Test
    void shouldReplayTheBuiltInTraceInStep() throws Exception {
        try (JobProcess job =
                JobProcess.launch(directory, "--nproc-per-node=4", "--max-requests=60", "--verify", "--seed=7")) {
            assertThat(job.awaitExit()).as(job::text).isZero();

            JsonNode report = job.report();
            assertThat(report.get("world_size").asInt()).isEqualTo(4);
            assertThat(report.get("requests_completed").asInt()).isEqualTo(60);
            assertThat(report.get("device").asText()).isEqualTo("cpu");
            assertThat(sum(report.get("graph_modes")))
                    .isEqualTo(report.get("steps").asLong());
            assertThat(sum(report.get("descriptors")))
                    .isEqualTo(report.get("steps").asLong());
            assertThat(report.get("lateness_us").size()).isEqualTo(4);
            assertThat(report.get("padded_tokens").asLong())
                    .isGreaterThanOrEqualTo(report.get("real_tokens").asLong());
            assertVerified(report);
        }
    }

    @ParameterizedTest(name = "{0} ranks, {1}")
    @CsvSource({
        "3, '5,3;40,2;7,9;1,1', --max-batch-tokens=64",
        "5, '9,4;3,2', --max-batch-tokens=64",
        "1, '1,1', --max-batch-tokens=64",
        "2, '200,3;5,5', --max-batch-tokens=32",
        "2, '30,12;31,9;29,10;12,14', --microbatches=2 --decode-threshold=1 --prefill-threshold=1",
        "2, '30,12;31,9;29,10', --graph-mode=FULL",
    })
    void shouldExecuteExactlyTheTrace(int ranks, String requests, String flags) throws Exception {
        Path trace = trace(requests, "\r\n");
        long[] totals = totals(requests);
        String[] all = (flags + " --nproc-per-node=" + ranks + " --verify --trace=" + trace).split(" ", -1);
        try (JobProcess job = JobProcess.launch(directory, all)) {
            assertThat(job.awaitExit()).as(job::text).isZero();

            JsonNode report = job.report();
            assertThat(report.get("requests_completed").asLong()).isEqualTo(requests.split(";", -1).length);
            assertThat(report.get("prompt_tokens").asLong()).isEqualTo(totals[0]);
            assertThat(report.get("generated_tokens").asLong()).isEqualTo(totals[1]);
            assertVerified(report);
        }
    }

    @Test
    void shouldEndWellOnAnEmptyTrace() throws Exception {
        Path trace = directory.resolve("empty.csv");
        Files.writeString(trace, HEADER);
        try (JobProcess job = JobProcess.launch(directory, "--nproc-per-node=2", "--trace=" + trace)) {
            assertThat(job.awaitExit()).as(job::text).isZero();
            assertThat(job.report().get("requests_completed").asInt()).isZero();
            assertThat(job.report().get("steps").asInt()).isZero();
            assertThat(job.report().get("padding_share").asDouble()).isZero();
        }
    }

    @Test
    void shouldRefuseAMalformedLineBeforeAnythingStarts() throws Exception {
        Path trace = directory.resolve("bad.csv");
        Files.writeString(trace, HEADER + "\n2023-11-16 18:15:46.68,374,44\n2023-11-16 18:15:47.68,many,44\n");
        try (JobProcess job = JobProcess.launch(directory, "--nproc-per-node=2", "--trace=" + trace)) {
            assertThat(job.awaitExit()).as(job::text).isEqualTo(2);
            assertThat(job.text()).contains("bad.csv", "line 3", "many").doesNotContain("[rank");
        }
    }

    /** A paced replay waits for its requests: the ranks fall idle in between and wake again. */
    @Test
    void shouldIdleBetweenTheRequestsOfAPacedReplay() throws Exception {
        Path trace = directory.resolve("paced.csv");
        Files.writeString(trace, HEADER + "\n2023-11-16 18:15:40.0,3,2\n2023-11-16 18:16:00.0,4,2\n");
        try (JobProcess job =
                JobProcess.launch(directory, "--nproc-per-node=2", "--trace=" + trace, "--speed=4", "--verify")) {
            assertThat(job.awaitExit()).as(job::text).isZero();
            assertThat(job.report().get("idle_decisions").asInt()).isPositive();
            assertThat(job.report().get("prompt_tokens").asInt()).isEqualTo(7);
            assertVerified(job.report());
        }
    }

    private static void assertVerified(JsonNode report) {
        JsonNode verification = report.get("verification");
        assertThat(verification.get("passed").asBoolean()).isTrue();
        assertThat(verification.get("tokens_checked").asLong())
                .isEqualTo(report.get("real_tokens").asLong());
        assertThat(verification.get("max_relative_error").asDouble()).isLessThanOrEqualTo(1e-4);
    }

    private static long sum(JsonNode counts) {
        return StreamSupport.stream(counts.spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .sum();
    }

    private Path trace(String requests, String lineEnd) throws Exception {
        StringBuilder lines = new StringBuilder(HEADER);
        for (String request : requests.split(";", -1)) {
            lines.append(lineEnd).append("2023-11-16 18:15:46.6805900,").append(request);
        }
        return Files.writeString(directory.resolve("trace.csv"), lines);
    }

    private static long[] totals(String requests) {
        long[] totals = new long[2];
        for (String request : requests.split(";", -1)) {
            String[] counts = request.split(",", -1);
            totals[0] += Long.parseLong(counts[0]);
            totals[1] += Long.parseLong(counts[1]);
        }
        return totals;
    }
}
