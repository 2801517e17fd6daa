package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.worker.launch.LaunchConfig.Addresses;
import io.coxswain.worker.launch.LaunchConfig.CoordinatorWait;
import io.coxswain.worker.launch.LaunchConfig.Deadlines;
import io.coxswain.worker.launch.LaunchConfig.OnLoss;
import io.coxswain.worker.launch.LaunchConfig.Resilience;
import io.coxswain.worker.launch.LaunchConfig.TraceSelection;
import io.coxswain.worker.launch.LaunchConfig.Verification;
import io.coxswain.worker.launch.LaunchConfig.WorkerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** The launcher's command line. */
@Command(
        name = "launch.sh",
        description = "Starts a coordinator and the workers of this machine, replays a request trace, and reports.",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 well; 1 failed; 2 usage or input refused; 3 a rank was lost or late; 4 verification failed;",
            "5 refused by the coordinator; 6 coordinator lost; 7 feed lost; 75 the group did not come together in time;",
            "128+n ended by signal n. After a failure it is the code of the worker that failed first."
        })
final class LaunchCommand {
    private static final String HOME = "COXSWAIN_HOME";

    @Option(names = "--nproc-per-node", paramLabel = "N", description = "Workers, 1 to 1024 (1).")
    private int nprocPerNode = 1;

    @Option(names = "--job", paramLabel = "NAME", description = "The job's name (default: made up, unique).")
    private @Nullable String job;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Requests as lines of TIMESTAMP,ContextTokens,GeneratedTokens (default: a built-in trace).")
    private @Nullable Path trace;

    @Option(names = "--max-requests", paramLabel = "N", description = "Only the first N requests (default: all).")
    private @Nullable Integer maxRequests;

    @Option(
            names = "--speed",
            paramLabel = "X",
            description = "X times the trace's own pace (default: as fast as the ranks can).")
    private @Nullable Double speed;

    @Option(names = "--verify", description = "Every rank checks its rows against an unsharded reference.")
    private boolean verify;

    @Option(names = "--report", paramLabel = "FILE", description = "Write the report as JSON, too.")
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

    @Option(
            names = "--on-loss",
            paramLabel = "POLICY",
            description = "When a rank is lost: fail, wait for its successor, or shrink to the others (fail).")
    private OnLoss onLoss = OnLoss.FAIL;

    @Option(
            names = "--min-ranks",
            paramLabel = "N",
            description = "The fewest ranks to go on with (1 with shrink, else all).")
    private @Nullable Integer minRanks;

    @Option(
            names = "--max-restarts",
            paramLabel = "N",
            description = "Restarts of workers within --restart-window (0 with fail, else 10).")
    private @Nullable Integer maxRestarts;

    @Option(
            names = "--coordinators",
            paramLabel = "N",
            description = "Replicas of the coordinator, 1, 3 or 5; with 3 the job survives the loss of one (1).")
    private int coordinators = 1;

    @Option(
            names = "--step-log",
            paramLabel = "DIR",
            description = "Each member writes a line for each executed step to a file there, for check-history.sh.")
    private @Nullable Path stepLog;

    @Option(names = "--bind", paramLabel = "HOST", description = "Where everything listens (127.0.0.1).")
    private String bind = Addresses.LOOPBACK;

    @Option(
            names = "--advertise-address",
            paramLabel = "HOST",
            description = "What the others are told (default: what is bound).")
    private @Nullable String advertiseAddress;

    @Option(
            names = "--worker-java-opts",
            paramLabel = "OPTS",
            description = "JVM options for the workers, separated by blanks, added to the launcher's own.")
    private @Nullable String workerJavaOpts;

    @Option(
            names = "--coordinator-classpath",
            paramLabel = "PATH",
            description = "Where the coordinator's classes lie (default: below $" + HOME + ").")
    private @Nullable String coordinatorClasspath;

    private LaunchCommand() {}

    /** What a command line asks for: a launch, or only a text and an exit code. */
    record Request(@Nullable LaunchConfig config, String text, int exitCode) {}

    /**
     * Reads the command line; starts nothing.
     *
     * @param environment of the process; COXSWAIN_HOME is where the project lies
     */
    static Request parse(Map<String, String> environment, String... arguments) {
        LaunchCommand command = new LaunchCommand();
        CommandLine commandLine = commandLineOf(command);
        try {
            ParseResult parsed = commandLine.parseArgs(arguments);
            if (parsed.isUsageHelpRequested()) {
                return new Request(null, commandLine.getUsageMessage(), ExitCodes.OK);
            }
            return new Request(command.toConfig(parsed, environment), "", ExitCodes.OK);
        } catch (CommandLine.ParameterException | IllegalArgumentException e) {
            return new Request(null, "launch.sh: " + e.getMessage() + "\nTry launch.sh --help.", ExitCodes.USAGE);
        }
    }

    private static CommandLine commandLineOf(LaunchCommand command) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        for (WorkerOption option : WorkerOption.values()) {
            spec.addOption(OptionSpec.builder(option.flag())
                    .type(String.class)
                    .paramLabel("V")
                    .description(option.description())
                    .build());
        }
        for (CoordinatorWait wait : CoordinatorWait.values()) {
            spec.addOption(OptionSpec.builder(wait.flag())
                    .type(Duration.class)
                    .paramLabel("TIME")
                    .description(wait.description())
                    .build());
        }
        return new CommandLine(spec)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Duration.class, LaunchCommand::duration);
    }

    private static Duration duration(String text) {
        try {
            return DurationText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(e.getMessage());
        }
    }

    private LaunchConfig toConfig(ParseResult parsed, Map<String, String> environment) {
        return new LaunchConfig(
                job == null ? uniqueJob() : job,
                nprocPerNode,
                new TraceSelection(trace, maxRequests, speed),
                new Addresses(bind, advertiseAddress),
                new Deadlines(stepTimeout, joinTimeout, termGrace),
                new Resilience(onLoss, minRanks, maxRestarts, waits(parsed), coordinators),
                new WorkerSettings(
                        verify ? Verification.EVERY_ROW : Verification.NONE,
                        javaOptions(),
                        options(parsed),
                        checkedStepLog()),
                coordinatorClasspath(environment),
                checkedReport());
    }

    private static String uniqueJob() {
        return String.format(
                Locale.ROOT, "job-%d-%04x", ProcessHandle.current().pid(), new SecureRandom().nextInt(1 << 16));
    }

    private List<String> javaOptions() {
        return workerJavaOpts == null || workerJavaOpts.isBlank()
                ? List.of()
                : List.of(workerJavaOpts.strip().split("\\s+"));
    }

    private static Map<WorkerOption, String> options(ParseResult parsed) {
        Map<WorkerOption, String> options = new EnumMap<>(WorkerOption.class);
        for (WorkerOption option : WorkerOption.values()) {
            if (parsed.hasMatchedOption(option.flag())) {
                options.put(option, parsed.matchedOptionValue(option.flag(), ""));
            }
        }
        return options;
    }

    private static Map<CoordinatorWait, Duration> waits(ParseResult parsed) {
        Map<CoordinatorWait, Duration> waits = new EnumMap<>(CoordinatorWait.class);
        for (CoordinatorWait wait : CoordinatorWait.values()) {
            Duration value = parsed.matchedOptionValue(wait.flag(), null);
            if (value != null) {
                waits.put(wait, value);
            }
        }
        return waits;
    }

    private String coordinatorClasspath(Map<String, String> environment) {
        if (coordinatorClasspath != null) {
            return coordinatorClasspath;
        }
        String home = environment.getOrDefault(HOME, "");
        if (home.isEmpty()) {
            throw new IllegalArgumentException(
                    "--coordinator-classpath is missing, and " + HOME + ", where it would be found, is not set");
        }
        return Programs.coordinatorClasspathIn(Path.of(home));
    }

    /** The workers make it where it is missing; a file in its way is better found now. */
    private @Nullable Path checkedStepLog() {
        if (stepLog == null) {
            return null;
        }
        Path existing = stepLog.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw new IllegalArgumentException(
                    "--step-log: '" + stepLog + "' is refused; allowed is a directory that can be written, or made");
        }
        return stepLog;
    }

    /** A job of an hour should not end with "no such directory". */
    private @Nullable Path checkedReport() {
        if (report == null) {
            return null;
        }
        Path directory = report.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new IllegalArgumentException(
                    "--report: '" + report + "' is refused; allowed is a file in a directory that can be written");
        }
        if (Files.isDirectory(report)) {
            throw new IllegalArgumentException("--report: '" + report + "' is refused; it is a directory");
        }
        return report;
    }
}
