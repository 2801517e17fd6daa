package io.coxswain.coordinator.observe;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
        System.exit(JobSelection.execute(new DrainMain(), args));
    }

    /** Asks the coordinator, or says on standard error why the rank stays, and returns the exit code. */
    @Override
    public Integer call() {
        return selection.ask(selection.settings(StatusSettings.Format.TABLE), settings -> {
            StatusClient.drain(leader(settings), place, settings.timeout());
            return "place " + place + " leaves after its step\n";
        });
    }

    private static HostPort leader(StatusSettings settings) throws IOException, InterruptedException {
        List<HostPort> coordinators = JobLocator.locate(settings);
        if (coordinators.size() == 1) {
            return coordinators.get(0);
        }
        ReplicaSurvey survey = ReplicaSurvey.of(coordinators, settings.timeout());
        return survey.leader()
                .map(ReplicaSurvey.Answer::address)
                .orElseThrow(() -> new IOException("no replica leads: " + survey.text()));
    }
}
