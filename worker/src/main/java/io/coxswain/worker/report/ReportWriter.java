package io.coxswain.worker.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report for people, and as JSON. Pure but for {@link #writeJson}. */
public final class ReportWriter {
    private static final int MOST_SIZES = 12;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ReportWriter() {}

    static String json(JobReport report) throws IOException {
        return JSON.writeValueAsString(report) + "\n";
    }

    /** Writes the whole file or leaves it as it was: a reader never sees half of a report. */
    public static void writeJson(JobReport report, Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            Files.writeString(temporary, json(report));
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** For people, a line for each thing there is to say. */
    public static String text(JobReport report) {
        List<String> lines = new ArrayList<>();
        row(lines, "job", "%s: %d ranks on %s", report.job(), report.worldSize(), report.device());
        row(lines, "requests", "%,d completed", report.requestsCompleted());
        row(lines, "tokens", "%,d prompt, %,d generated", report.promptTokens(), report.generatedTokens());
        row(lines, "steps", "%,d (and %,d idle decisions)", report.steps(), report.idleDecisions());
        row(lines, "time", "%.2f s, %,.0f tokens/s", report.wallSeconds(), report.tokensPerSecond());
        row(
                lines,
                "padding",
                "%.1f%% (%,d tokens run as %,d)",
                100 * report.paddingShare(),
                report.realTokens(),
                report.paddedTokens());
        row(lines, "agreement", "%s", percentiles(report.agreementUs()));
        row(lines, "step", "%s", percentiles(report.stepUs()));
        row(lines, "graph modes", "%s", counts(report.graphModes()));
        row(lines, "descriptors", "%s", counts(report.descriptors()));
        graphs(lines, report);
        changes(lines, report.changes());
        report.latenessUs().forEach((rank, late) -> row(lines, "lateness", "rank %d: %s", rank, percentiles(late)));
        verification(lines, report);
        return String.join("\n", lines);
    }

    private static void graphs(List<String> lines, JobReport report) {
        JobReport.GraphUse use = report.graphUse();
        if (use.capturedGraphs() > 0) {
            row(
                    lines,
                    "graphs",
                    "%,d captured; %,d of %,d steps replayed",
                    use.capturedGraphs(),
                    use.replayedSteps(),
                    report.steps());
        }
    }

    private static void changes(List<String> lines, JobReport.Changes changes) {
        if (changes.epochs() > 1) {
            row(
                    lines,
                    "membership",
                    "%,d epochs, %,d aborted; %,d restarts; %,d requests rescheduled, %,d tokens recomputed",
                    changes.epochs(),
                    changes.aborts(),
                    changes.restarts(),
                    changes.requestsRescheduled(),
                    changes.recomputedTokens());
        }
    }

    private static void verification(List<String> lines, JobReport report) {
        JobReport.Verification verification = report.verification();
        if (verification == null) {
            return;
        }
        row(
                lines,
                "verification",
                "%s: %,d tokens checked, largest relative error %.2e",
                verification.passed() ? "passed" : "FAILED",
                verification.tokensChecked(),
                verification.maxRelativeError());
        if (verification.firstFailure() != null) {
            row(lines, "", "%s", verification.firstFailure());
        }
    }

    @SuppressWarnings("AnnotateFormatMethod") // Its annotation would be one more dependency.
    private static void row(List<String> lines, String name, String form, Object... values) {
        lines.add(String.format(Locale.ROOT, "%-14s", name) + String.format(Locale.ROOT, form, values));
    }

    private static String percentiles(JobReport.Percentiles value) {
        return String.format(
                Locale.ROOT, "p50 %,.1f us, p99 %,.1f us, max %,.1f us", value.p50(), value.p99(), value.max());
    }

    /** "8: 120, 16: 4", the most frequent ones where there are many. */
    private static <K> String counts(Map<K, Long> counts) {
        if (counts.isEmpty()) {
            return "none";
        }
        List<String> parts = counts.entrySet().stream()
                .sorted(Map.Entry.<K, Long>comparingByValue().reversed())
                .limit(MOST_SIZES)
                .map(entry -> entry.getKey() + ": " + String.format(Locale.ROOT, "%,d", entry.getValue()))
                .toList();
        int more = counts.size() - parts.size();
        return String.join(", ", parts) + (more > 0 ? " and " + more + " more sizes" : "");
    }
}
