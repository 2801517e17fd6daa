package io.coxswain.coordinator.history;

import io.coxswain.coordinator.history.HistoryCheck.DisagreementException;
import io.coxswain.coordinator.history.HistoryCheck.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Proves from step logs alone that all ranks of a job agreed. Used by one thread. */
@Command(
        name = "check-history.sh",
        sortOptions = false,
        description =
                "Proves from the step logs of all members of a job (launch.sh --step-log DIR) that all ranks agreed.",
        exitCodeOnExecutionException = CommandLine.ExitCode.USAGE, // 1 would say that the ranks did not agree
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all ranks agreed in every step",
            "1:they did not; the first step where they did not is named",
            "2:wrong usage, or a file that cannot be read or is no step log"
        })
public final class HistoryMain implements Callable<Integer> {

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "The step log of each member that ever was.")
    private List<Path> files = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help and exit.")
    @SuppressWarnings("unused") // picocli acts on it
    private boolean help;

    /** Runs the program and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new HistoryMain()).execute(args));
    }

    @Override
    public Integer call() {
        List<MemberLog> logs = new ArrayList<>();
        try {
            for (Path file : files) {
                logs.add(MemberLog.open(file));
            }
            Summary summary = new HistoryCheck(logs).run();
            long cutOff = logs.stream().filter(MemberLog::isCutOff).count();
            commandLine().getOut().println(text(summary, cutOff));
            commandLine().getOut().flush();
            return CommandLine.ExitCode.OK;
        } catch (DisagreementException e) {
            return fail(e.getMessage(), CommandLine.ExitCode.SOFTWARE);
        } catch (IOException | IllegalArgumentException e) {
            return fail(e.getMessage(), CommandLine.ExitCode.USAGE);
        } finally {
            logs.forEach(this::close);
        }
    }

    private static String text(Summary summary, long cutOff) {
        return "all ranks agreed: " + summary.members() + " members, " + summary.epochs() + " epochs, "
                + summary.steps() + " steps, of which " + summary.unfinished()
                + " were finished by some ranks only when their epoch ended"
                + (cutOff == 0 ? "" : "; " + cutOff + " logs break off in their last line");
    }

    private void close(MemberLog log) {
        try {
            log.close();
        } catch (IOException e) {
            commandLine().getErr().println("check-history.sh: " + log.file() + " was not closed: " + e.getMessage());
        }
    }

    private int fail(@Nullable String why, int exitCode) {
        commandLine().getErr().println("check-history.sh: " + why);
        commandLine().getErr().flush();
        return exitCode;
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(spec, "set by picocli").commandLine();
    }
}
