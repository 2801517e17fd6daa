package io.coxswain.worker.launch;

import io.coxswain.worker.launch.LaunchConfig.Verification;
import io.coxswain.worker.launch.LaunchConfig.WorkerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the workers are; the options that go to them as they are stand beside it, as they come from an enum. */
final class WorkerFlags {
    @Option(names = "--verify", description = "Every rank checks its rows against an unsharded reference.")
    private boolean verify;

    @Option(
            names = "--step-log",
            paramLabel = "DIR",
            description = "Each member writes a line for each executed step to a file there, for check-history.sh.")
    private @Nullable Path stepLog;

    @Option(
            names = "--worker-java-opts",
            paramLabel = "OPTS",
            description = "JVM options for the workers, separated by blanks, added to the launcher's own.")
    private @Nullable String workerJavaOpts;

    @Option(
            names = "--worker-main",
            paramLabel = "CLASS",
            description = "A worker of your own: its main class. What follows -- goes to it.")
    private @Nullable String workerMain;

    @Option(
            names = "--worker-classpath",
            paramLabel = "PATH",
            description = "Where that class lies; Coxswain's own classes are on its class path, too.")
    private @Nullable String workerClasspath;

    @Option(
            names = "--coordinator-classpath",
            paramLabel = "PATH",
            description = "Where the coordinator's classes lie (default: below $" + LaunchCommand.HOME + ").")
    private @Nullable String coordinatorClasspath;

    @Parameters(paramLabel = "ARG", arity = "0..*", description = "After --: arguments of --worker-main.")
    private List<String> arguments = new ArrayList<>();

    boolean hasArguments() {
        return !arguments.isEmpty();
    }

    WorkerSettings settings(Map<WorkerOption, String> options) {
        return new WorkerSettings(
                verify ? Verification.EVERY_ROW : Verification.NONE,
                javaOptions(),
                options,
                stepLog == null ? null : LogFlags.checkedDirectory("--step-log", stepLog),
                workerMain == null ? null : new CustomWorker(workerMain, workerClasspath, arguments));
    }

    private List<String> javaOptions() {
        return workerJavaOpts == null || workerJavaOpts.isBlank()
                ? List.of()
                : List.of(workerJavaOpts.strip().split("\\s+"));
    }

    String coordinatorClasspath(Map<String, String> environment) {
        if (coordinatorClasspath != null) {
            return coordinatorClasspath;
        }
        String home = environment.getOrDefault(LaunchCommand.HOME, "");
        if (home.isEmpty()) {
            throw new IllegalArgumentException("--coordinator-classpath is missing, and " + LaunchCommand.HOME
                    + ", where it would be found, is not set");
        }
        return Programs.coordinatorClasspathIn(Path.of(home));
    }
}
