package io.coxswain.coordinator.observe;

import io.coxswain.flags.DurationConverter;
import io.coxswain.flags.EnvironmentFlags;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The flags that say which job a command is about ({@link StatusSettings} says what is allowed), and what all such commands
 * answer where it cannot be asked. Used by one thread.
 */
final class JobSelection {
    /** gRPC logs stack traces of failures that it returns as well; held here because loggers are held weakly. */
    private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

    private static final String COORDINATOR_VARIABLE = "COXSWAIN_COORDINATOR";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--coordinator",
            paramLabel = "HOST:PORT",
            split = ",",
            converter = HostPortConverter.class,
            description =
                    "Whom to ask: the coordinator, or its replicas with commas between them. Default: $$COXSWAIN_COORDINATOR, or"
                            + " the job that runs on this machine.")
    private List<HostPort> coordinators = new ArrayList<>();

    @Option(
            names = "--job",
            paramLabel = "NAME",
            description = "Which of the jobs on this machine. Default: the only one.")
    private @Nullable String job;

    @Option(
            names = "--job-dir",
            paramLabel = "DIR",
            description = "Where the jobs of this machine are entered. Default: $$XDG_RUNTIME_DIR/coxswain, else"
                    + " /tmp/coxswain-UID.")
    private @Nullable Path jobDirectory;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "5s",
            converter = DurationConverter.class,
            description = "How long to wait for the answer, 1ms to 60m. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ZERO;

    /** What a command asks the coordinator; returns what to print of the answer. */
    interface Question {
        String ask(StatusSettings settings) throws IOException, InterruptedException;
    }

    /** Runs a program with these flags and returns its exit code. */
    static int execute(Callable<Integer> program, String[] args) {
        GRPC_LOG.setLevel(Level.OFF);
        return EnvironmentFlags.of(System.getenv())
                .only("--place")
                .applyTo(new CommandLine(program))
                .execute(args);
    }

    /**
     * What the command line says, once it is parsed.
     *
     * @throws ParameterException where that is not allowed
     */
    StatusSettings settings(StatusSettings.Format format) {
        try {
            return new StatusSettings(asked(), job, jobDirectory, format, timeout);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine(), e.getMessage(), e);
        }
    }

    /** A flag that picks a job of this machine wins over a variable that names a coordinator. */
    private List<HostPort> asked() {
        String variable = System.getenv().getOrDefault(COORDINATOR_VARIABLE, "");
        if (!coordinators.isEmpty() || job != null || jobDirectory != null || variable.isEmpty()) {
            return coordinators;
        }
        return Arrays.stream(variable.split(",", -1)).map(JobSelection::named).toList();
    }

    private static HostPort named(String text) {
        try {
            return HostPort.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(COORDINATOR_VARIABLE + ": " + malformed.getMessage(), malformed);
        }
    }

    /** Prints the answer, or on standard error why there is none, and returns the exit code. */
    int ask(StatusSettings settings, Question question) {
        try {
            commandLine().getOut().print(question.ask(settings));
            commandLine().getOut().flush();
            return CommandLine.ExitCode.OK;
        } catch (JobLocator.SeveralJobsException e) {
            return fail(e.getMessage(), CommandLine.ExitCode.USAGE);
        } catch (FileSystemException e) {
            return fail(e.getReason() == null ? e.toString() : e.getMessage(), CommandLine.ExitCode.SOFTWARE);
        } catch (IOException e) {
            return fail(e.getMessage(), CommandLine.ExitCode.SOFTWARE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return fail("interrupted", CommandLine.ExitCode.SOFTWARE);
        }
    }

    private int fail(@Nullable String why, int exitCode) {
        commandLine().getErr().println(commandLine().getCommandName() + ": " + why);
        commandLine().getErr().flush();
        return exitCode;
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(command, "set by picocli").commandLine();
    }

    /** Reads {@code --coordinator}. */
    static final class HostPortConverter implements ITypeConverter<HostPort> {
        @Override
        public HostPort convert(String text) {
            try {
                return HostPort.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
