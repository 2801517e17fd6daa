package io.coxswain.worker.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.coxswain.v1.BatchTiming;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.VerificationSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportWriterTest {
    private static JobReport report(RankSummary.Builder summary) {
        GetStatusResponse status = GetStatusResponse.newBuilder()
                .addRanks(RankStatus.newBuilder().setPlace(0))
                .build();
        return builder("night", List.of(summary.build()), Optional.of(status)).build(Duration.ofMillis(1500));
    }

    private static RankSummary.Builder verified() {
        return Summaries.ofRank(0)
                .addTiming(BatchTiming.newBuilder().setBatchSize(8).setCount(2).setMeanMillis(1.5))
                .setVerification(VerificationSummary.newBuilder()
                        .setTokensChecked(12)
                        .setMaxRelativeError(1e-6)
                        .setPassed(true));
    }

    @Test
    void shouldNameTheJsonMembersInSnakeCaseWithTheirUnits() throws IOException {
        JsonNode json = new ObjectMapper().readTree(ReportWriter.json(report(verified())));

        assertThat(json.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "job",
                        "world_size",
                        "device",
                        "requests_completed",
                        "prompt_tokens",
                        "generated_tokens",
                        "steps",
                        "idle_decisions",
                        "wall_seconds",
                        "tokens_per_second",
                        "agreement_us",
                        "step_us",
                        "real_tokens",
                        "padded_tokens",
                        "padding_share",
                        "graph_modes",
                        "descriptors",
                        "timing",
                        "lateness_us",
                        "verification",
                        "replayed_steps",
                        "captured_graphs",
                        "requests_rescheduled",
                        "recomputed_tokens",
                        "epochs",
                        "aborts",
                        "restarts");
        assertThat(json.at("/wall_seconds").doubleValue()).isEqualTo(1.5);
        assertThat(json.at("/agreement_us").fieldNames()).toIterable().containsExactly("p50", "p99", "max");
        assertThat(json.at("/agreement_us/max").isNumber()).isTrue();
        assertThat(json.at("/graph_modes/NONE").longValue()).isEqualTo(3);
        assertThat(json.at("/descriptors/8").longValue()).isEqualTo(2);
        assertThat(json.at("/timing/8").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("count", "mean_ms", "p50_ms", "p99_ms", "min_ms", "max_ms");
        assertThat(json.at("/lateness_us/0/p50").isNumber()).isTrue();
        assertThat(json.at("/verification/tokens_checked").longValue()).isEqualTo(12);
        assertThat(json.at("/verification/max_relative_error").doubleValue()).isEqualTo(1e-6);
        assertThat(json.at("/verification/passed").booleanValue()).isTrue();
    }

    @Test
    void shouldWriteNullForAVerificationThatWasNotAskedFor() throws IOException {
        JsonNode json = new ObjectMapper().readTree(ReportWriter.json(report(Summaries.ofRank(0))));

        assertThat(json.get("verification").isNull()).isTrue();
    }

    @Test
    void shouldReplaceAFormerReportAndLeaveNothingElse(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("report.json");
        Files.writeString(file, "former");

        ReportWriter.writeJson(report(verified()), file);

        assertThat(file).hasContent(ReportWriter.json(report(verified())));
        assertThat(directory).isDirectoryNotContaining(entry -> !entry.equals(file));
    }

    @Test
    void shouldLeaveNoHalfReportWhereItCannotWrite(@TempDir Path directory) {
        Path file = directory.resolve("gone").resolve("report.json");

        assertThatThrownBy(() -> ReportWriter.writeJson(report(verified()), file))
                .isInstanceOf(IOException.class);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldTellPeopleWhatTheJobDid() {
        assertThat(ReportWriter.text(report(verified())))
                .contains(
                        "night: 1 ranks on cpu",
                        "1 completed",
                        "10 prompt, 2 generated",
                        "3 (and 0 idle decisions)",
                        "1.50 s, 8 tokens/s",
                        "25.0% (12 tokens run as 16)",
                        "8: 2, 0: 1",
                        "passed: 12 tokens checked");
    }

    private static ReportBuilder builder(String job, List<RankSummary> summaries, Optional<GetStatusResponse> status) {
        return new ReportBuilder(
                job, new ReportBuilder.Sources(summaries.size(), summaries, status, Summaries.executed(summaries)));
    }
}
