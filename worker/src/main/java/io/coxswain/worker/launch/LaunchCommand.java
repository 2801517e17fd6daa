package io.coxswain.worker.launch;

import io.coxswain.flags.DurationConverter;
import io.coxswain.worker.launch.LaunchConfig.Deadlines;
import io.coxswain.worker.launch.LaunchConfig.TraceSelection;
import io.coxswain.worker.launch.LaunchConfig.WorkerSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The launcher's command line. */
final class LaunchCommand {
    /** The variable that says where the project lies. */
    static final String HOME = "COXSWAIN_HOME";

    private final JobFlags job = new JobFlags();
    private final NodeFlags nodes = new NodeFlags();
    private final RemoteFlags remote = new RemoteFlags();
    private final LossFlags losses = new LossFlags();
    private final LogFlags logs = new LogFlags();
    private final WorkerFlags workers = new WorkerFlags();

    private LaunchCommand() {}

    /** What a launch was told to do. */
    sealed interface Request {
        /** To print a text and end. */
        record Say(String text, int exitCode) implements Request {}

        /** To launch, or to say what it would start. */
        record Launch(LaunchConfig config, Manner manner) implements Request {}

        /**
         * To start the launchers of other hosts.
         *
         * @param arguments for each of them
         */
        record LaunchHosts(RemoteSettings settings, List<String> arguments, HostsLauncher.Policy policy, Manner manner)
                implements Request {}
    }

    /** Whether anything is started. */
    enum Manner {
        REAL,
        /** And it ends with its standard input. */
        ON_A_LIFELINE,
        DRY_RUN
    }

    @Command(
            name = "launch.sh",
            header = "Starts the workers of this host, or of several, replays a request trace, and reports.",
            sortOptions = false,
            usageHelpAutoWidth = true,
            usageHelpWidth = 120,
            mixinStandardHelpOptions = true,
            customSynopsis = {
                "launch.sh --nproc-per-node N [OPTION...] [-- ARG...]",
                "       launch.sh --nnodes N --rdzv-endpoint HOST[:PORT] [OPTION...]     on each of N hosts",
                "       launch.sh --hosts H:N,H:N [OPTION...]                            by ssh, from one"
            },
            footer = {
                "",
                "A flag may have underscores for dashes, and comes from COXSWAIN_FLAG_NAME, or torchrun's PET_FLAG_NAME, where",
                "it is not given.",
                "",
                "Exit codes: 0 well; 1 failed; 2 usage or input refused; 3 a rank was lost or late; 4 verification failed;",
                "5 refused by the coordinator; 6 coordinator lost; 7 feed lost; 10 a port is taken; 75 the group did not come",
                "together in time; 128+n ended by signal n. After a failure it is the code of the worker that failed first."
            })
    private static final class Frame {}

    /**
     * Reads the command line; starts nothing. All that is wrong is said at once.
     *
     * @param environment of the process; COXSWAIN_HOME is where the project lies
     */
    static Request parse(Map<String, String> environment, Machine machine, String... arguments) {
        LaunchCommand command = new LaunchCommand();
        CommandLine commandLine = command.commandLine();
        Refusals refusals = new Refusals();
        FlagSources sources =
                FlagSources.of(commandLine.getCommandSpec(), environment, Arrays.asList(arguments), refusals);
        ParseResult parsed = commandLine.parseArgs(sources.arguments().toArray(String[]::new));
        if (parsed.isUsageHelpRequested()) {
            return new Request.Say(commandLine.getUsageMessage(), ExitCodes.OK);
        }
        if (parsed.isVersionHelpRequested()) {
            return new Request.Say("coxswain " + versionText(), ExitCodes.OK);
        }
        parsed.errors().forEach(error -> refusals.add(String.valueOf(error.getMessage())));
        Contradictions.find(new Given(parsed, command.losses.onLoss(), command.workers.hasArguments()))
                .forEach(refusals::add);
        Request request = command.toRequest(parsed, new Surroundings(environment, machine, sources), refusals);
        return refusals.isEmpty() ? request : refused(refusals, sources);
    }

    private static String versionText() {
        String version = LaunchCommand.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }

    private static Request refused(Refusals refusals, FlagSources sources) {
        String text = refusals.messages().stream()
                .map(message -> "launch.sh: " + sources.explained(message))
                .collect(Collectors.joining("\n"));
        return new Request.Say(text + "\nTry launch.sh --help.", ExitCodes.USAGE);
    }

    /** For the completion script too. */
    static CommandLine newCommandLine() {
        return new LaunchCommand().commandLine();
    }

    private CommandLine commandLine() {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new Frame());
        addGroup(spec, "%nHosts:%n", argumentsOf(nodes));
        addGroup(spec, "%nAll hosts from one, by ssh:%n", argumentsOf(remote));
        addGroup(spec, "%nJob:%n", argumentsOf(job));
        addGroup(spec, "%nLosses:%n", Stream.concat(argumentsOf(losses), waitOptions()));
        addGroup(spec, "%nOutput of the workers:%n", argumentsOf(logs));
        addGroup(spec, "%nWorkers:%n", Stream.concat(argumentsOf(workers), workerOptions()));
        spec.parser().collectErrors(true);
        return new CommandLine(spec)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Duration.class, new DurationConverter());
    }

    private static Stream<ArgSpec> argumentsOf(Object flags) {
        return CommandSpec.forAnnotatedObject(flags).args().stream();
    }

    private static void addGroup(CommandSpec spec, String heading, Stream<ArgSpec> arguments) {
        ArgGroupSpec.Builder group =
                ArgGroupSpec.builder().heading(heading).exclusive(false).validate(false);
        arguments.forEach(group::addArg);
        spec.addArgGroup(group.build());
    }

    private static Stream<ArgSpec> workerOptions() {
        return Arrays.stream(WorkerOption.values())
                .map(option -> OptionSpec.builder(option.flag())
                        .type(String.class)
                        .paramLabel("V")
                        .description(option.description())
                        .build());
    }

    private static Stream<ArgSpec> waitOptions() {
        return Arrays.stream(CoordinatorWait.values())
                .map(wait -> OptionSpec.builder(wait.flag())
                        .type(Duration.class)
                        .paramLabel("TIME")
                        .description(wait.description())
                        .build());
    }

    /** What a command line is read in. */
    private record Surroundings(Map<String, String> environment, Machine machine, FlagSources sources) {}

    private Request toRequest(ParseResult parsed, Surroundings around, Refusals refusals) {
        Manner alive = remote.isLifeline() ? Manner.ON_A_LIFELINE : Manner.REAL;
        Manner manner = job.isDryRun() ? Manner.DRY_RUN : alive;
        HostList hosts = refusals.orNull(remote::hosts);
        LaunchConfig config = toConfig(parsed, around, refusals);
        List<String> ssh = refusals.or(List.of("ssh"), remote::sshCommand);
        if (hosts == null) {
            return new Request.Launch(config, manner);
        }
        String home = remote.remoteHome();
        RemoteSettings settings = new RemoteSettings(
                hosts,
                ssh,
                home == null ? around.environment().getOrDefault(HOME, "") : home,
                config.nodes().rendezvous().endpoint(),
                config.job());
        HostsLauncher.Policy policy = new HostsLauncher.Policy(
                config.resilience().onLoss(), config.deadlines().termGrace());
        return new Request.LaunchHosts(settings, around.sources().arguments(), policy, manner);
    }

    private LaunchConfig toConfig(ParseResult parsed, Surroundings around, Refusals refusals) {
        boolean elsewhere =
                nodes.isNotNode0() || parsed.hasMatchedOption("--hosts") || parsed.hasMatchedOption("--hostfile");
        NodeSettings nodeSettings = nodes.settings(around.machine(), refusals);
        String name = job.job();
        String jobName = name == null ? LaunchConfig.uniqueJob() : name;
        TraceSelection trace = refusals.or(TraceSelection.DEFAULT, job::trace);
        Deadlines deadlines = refusals.or(Deadlines.DEFAULT, job::deadlines);
        Resilience resilience = refusals.or(Resilience.DEFAULT, () -> losses.resilience(waits(parsed)));
        WorkerSettings worker = refusals.or(WorkerSettings.DEFAULT, () -> workers.settings(options(parsed)));
        LogSettings logSettings = refusals.or(LogSettings.NONE, logs::logs);
        String classpath = refusals.or("-", () -> workers.coordinatorClasspath(around.environment()));
        LaunchConfig.Output output =
                new LaunchConfig.Output(logSettings, elsewhere ? null : refusals.orNull(job::checkedReport));
        return refusals.or(
                LaunchConfig.minimal(),
                () -> new LaunchConfig(
                        new LaunchConfig.Job(jobName, name != null),
                        nodeSettings,
                        trace,
                        deadlines,
                        resilience,
                        worker,
                        classpath,
                        output));
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
}
