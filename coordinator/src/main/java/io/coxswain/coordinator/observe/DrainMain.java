package io.coxswain.coordinator.observe;

import java.io.IOException;
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

/** Has one rank finish its step and leave its job. Used by one thread. */
@Command(
        name = "drain.sh",
        sortOptions = false,
        description = "Has one rank finish its step and leave; the group goes on without it.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the rank will leave",
            "1:the group cannot go on without it, no job runs here, or its coordinator did not answer",
            "2:wrong usage, or several jobs run here and --job picks none"
        })
public final class DrainMain implements Callable<Integer> {
    /** gRPC logs stack traces of failures that it returns as well; held here because loggers are held weakly. */
    private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--place", paramLabel = "N", required = true, description = "Whose place in the job, from 0.")
    private int place;

    @Mixin
    private final JobSelection selection = new JobSelection();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help and exit.")
    @SuppressWarnings("unused") // picocli acts on it
    private boolean help;

    /** Runs the program and ends the process with its exit code. */
    public static void main(String[] args) {
        GRPC_LOG.setLevel(Level.OFF);
        System.exit(new CommandLine(new DrainMain()).execute(args));
    }

    /** Asks the coordinator, or says on standard error why the rank stays, and returns the exit code. */
    @Override
    public Integer call() {
        StatusSettings settings;
        try {
            settings = selection.settings(StatusSettings.Format.TABLE);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine(), e.getMessage(), e);
        }
        try {
            StatusClient.drain(JobLocator.locate(settings), place, settings.timeout());
            commandLine().getOut().println("place " + place + " leaves after its step");
            commandLine().getOut().flush();
            return CommandLine.ExitCode.OK;
        } catch (JobLocator.SeveralJobsException e) {
            return fail(e, CommandLine.ExitCode.USAGE);
        } catch (IOException e) {
            return fail(e, CommandLine.ExitCode.SOFTWARE);
        }
    }

    private int fail(IOException why, int exitCode) {
        commandLine().getErr().println("drain.sh: " + why.getMessage());
        commandLine().getErr().flush();
        return exitCode;
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec, "set by picocli").commandLine();
    }
}
