package io.coxswain.worker.launch;

import io.coxswain.worker.launch.LaunchConfig.Deadlines;
import io.coxswain.worker.launch.LaunchConfig.TraceSelection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is run, and for how long. */
final class JobFlags {
    private static final String SEVERAL = "; several hosts may leave it to node 0";

    @Option(
            names = {"--rdzv-id", "--job"},
            paramLabel = "NAME",
            description = "The job's name, equal on all nodes (default: made up, unique" + SEVERAL + ").")
    private @Nullable String job;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "Requests as lines of TIMESTAMP,ContextTokens,GeneratedTokens, on node 0 (default: a built-in trace).")
    private @Nullable Path trace;

    @Option(names = "--max-requests", paramLabel = "N", description = "Only the first N requests (default: all).")
    private @Nullable Integer maxRequests;

    @Option(
            names = "--speed",
            paramLabel = "X",
            description = "X times the trace's own pace (default: as fast as the ranks can).")
    private @Nullable Double speed;

    @Option(names = "--report", paramLabel = "FILE", description = "Write the report as JSON, too; node 0 does.")
    private @Nullable Path report;

    @Option(
            names = "--step-timeout",
            paramLabel = "TIME",
            description = "Longest time of a step; the ranks that exceed it are named (10s).")
    private Duration stepTimeout = Deadlines.DEFAULT.step();

    @Option(
            names = "--join-timeout",
            paramLabel = "TIME",
            description = "Longest time until all ranks have joined (300s).")
    private Duration joinTimeout = Deadlines.DEFAULT.join();

    @Option(
            names = "--term-grace",
            paramLabel = "TIME",
            description = "Time from TERM to KILL when interrupted; half a second at most after a failure (5s).")
    private Duration termGrace = Deadlines.DEFAULT.termGrace();

    @Option(names = "--dry-run", description = "Print what would be started, and start nothing.")
    private boolean dryRun;

    @Nullable
    String job() {
        return job;
    }

    boolean isDryRun() {
        return dryRun;
    }

    TraceSelection trace() {
        return new TraceSelection(trace, maxRequests, speed);
    }

    Deadlines deadlines() {
        return new Deadlines(stepTimeout, joinTimeout, termGrace);
    }

    /** A job of an hour should not end with "no such directory". */
    @Nullable
    Path checkedReport() {
        if (report == null) {
            return null;
        }
        Path directory = report.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw LaunchConfig.refused("--report", report, "a file in a directory that can be written");
        }
        if (Files.isDirectory(report)) {
            throw LaunchConfig.refused("--report", report, "a file; it is a directory");
        }
        return report;
    }
}
