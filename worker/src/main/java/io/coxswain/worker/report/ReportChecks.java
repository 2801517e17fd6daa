package io.coxswain.worker.report;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a report says that the job did what it was asked for. Pure. */
public final class ReportChecks {
    private ReportChecks() {}

    /** Each total that is not the trace's, with both values; empty when all are equal. */
    public static List<String> differences(JobReport report, Workload workload) {
        List<String> differences = new ArrayList<>();
        compare(differences, "requests_completed", report.requestsCompleted(), workload.requests());
        compare(differences, "prompt_tokens", report.promptTokens(), workload.promptTokens());
        compare(differences, "generated_tokens", report.generatedTokens(), workload.generatedTokens());
        return differences;
    }

    /** True where every rank has checked its rows and found them right. */
    public static boolean isVerified(JobReport report) {
        JobReport.@Nullable Verification verification = report.verification();
        return verification != null && verification.passed();
    }

    private static void compare(List<String> differences, String name, long executed, long asked) {
        if (executed != asked) {
            differences.add("the ranks executed " + name + " " + executed + ", the trace has " + asked);
        }
    }
}
