package io.coxswain.worker.launch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a report says that the job did what it was asked for. Pure. */
final class ReportChecks {
    private ReportChecks() {}

    /** Each total that is not the trace's, with both values; empty when all are equal. */
    static List<String> differences(JobReport report, RequestSource.Workload workload) {
        List<String> differences = new ArrayList<>();
        compare(differences, "requests_completed", report.requestsCompleted(), workload.requests());
        compare(differences, "prompt_tokens", report.promptTokens(), workload.promptTokens());
        compare(differences, "generated_tokens", report.generatedTokens(), workload.generatedTokens());
        return differences;
    }

    /** True where verification was asked for and not every rank passed it. */
    static boolean verificationFailed(JobReport report, LaunchConfig.Verification asked) {
        JobReport.@Nullable Verification verification = report.verification();
        boolean passed = verification != null && verification.passed();
        return asked == LaunchConfig.Verification.EVERY_ROW && !passed;
    }

    private static void compare(List<String> differences, String name, long executed, long asked) {
        if (executed != asked) {
            differences.add("the ranks executed " + name + " " + executed + ", the trace has " + asked);
        }
    }
}
