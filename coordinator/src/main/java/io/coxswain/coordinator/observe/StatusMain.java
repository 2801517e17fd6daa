package io.coxswain.coordinator.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.coxswain.coordinator.observe.StatusSettings.Format;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints what a job looks like from its coordinator. Used by one thread. */
@Command(
        name = "status.sh",
        sortOptions = false,
        description = "Prints the status of a job: of the one at an address, or of the one that runs on this machine.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the status was printed",
            "1:no job runs here, or its coordinator did not answer",
            "2:wrong usage, or several jobs run here and --job picks none"
        })
public final class StatusMain implements Callable<Integer> {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** gRPC logs stack traces of failures that it returns as well; held here because loggers are held weakly. */
    private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final JobSelection selection = new JobSelection();

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help and exit.")
    @SuppressWarnings("unused") // picocli acts on it
    private boolean help;

    /** Runs the program and ends the process with its exit code. */
    public static void main(String[] args) {
        GRPC_LOG.setLevel(Level.OFF);
        System.exit(new CommandLine(new StatusMain()).execute(args));
    }

    /** Prints the status, or on standard error why there is none, and returns the exit code. */
    @Override
    public Integer call() {
        StatusSettings settings = settings();
        try {
            print(settings);
            return CommandLine.ExitCode.OK;
        } catch (JobLocator.SeveralJobsException e) {
            return fail(e.getMessage(), CommandLine.ExitCode.USAGE);
        } catch (FileSystemException e) {
            return fail(e.getReason() == null ? e.toString() : e.getMessage(), CommandLine.ExitCode.SOFTWARE);
        } catch (IOException e) {
            return fail(e.getMessage(), CommandLine.ExitCode.SOFTWARE);
        }
    }

    /** What the command line says, once it is parsed. */
    StatusSettings settings() {
        try {
            return selection.settings(json ? Format.JSON : Format.TABLE);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine(), e.getMessage(), e);
        }
    }

    private void print(StatusSettings settings) throws IOException {
        JobStatus status =
                StatusMapper.jobStatus(StatusClient.getStatus(JobLocator.locate(settings), settings.timeout()));
        commandLine().getOut().print(render(status, settings.format()));
        commandLine().getOut().flush();
    }

    private static String render(JobStatus status, Format format) throws JsonProcessingException {
        return switch (format) {
            case TABLE -> StatusTable.of(status);
            case JSON -> JSON.writeValueAsString(status) + "\n";
        };
    }

    private int fail(@Nullable String why, int exitCode) {
        commandLine().getErr().println("status.sh: " + why);
        commandLine().getErr().flush();
        return exitCode;
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec, "set by picocli").commandLine();
    }
}
