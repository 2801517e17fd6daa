package io.coxswain.coordinator.observe;

import io.coxswain.types.DurationText;
import io.coxswain.v1.GetStatusResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
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
            "0:the rank will leave, or with --wait has left",
            "1:the group cannot go on without it, no job runs here, or its coordinator did not answer",
            "2:wrong usage, or several jobs run here and --job picks none"
        })
public final class DrainMain implements Callable<Integer> {
    private static final long POLL_MILLIS = 100;
    private static final List<String> GONE = List.of("left", "lost", "missing");

    @Option(
            names = "--place",
            paramLabel = "N",
            required = true,
            description =
                    "Whose place in the job, from 0 (default: this process's, from $COXSWAIN_PLACE, $RANK and what MPI, SLURM and Kubernetes set).")
    private int place;

    @Option(names = "--wait", description = "Return when it has left, or 1 where it has not within --timeout.")
    private boolean wait;

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
            long deadlineNanos = System.nanoTime() + settings.timeout().toNanos();
            String member = member(StatusClient.getStatus(leader(settings), settings.timeout()));
            StatusClient.drain(leader(settings), place, settings.timeout());
            if (!wait) {
                return "place " + place + " leaves after its step\n";
            }
            awaitGone(settings, member, deadlineNanos);
            return "place " + place + " has left\n";
        });
    }

    private void awaitGone(StatusSettings settings, String member, long deadlineNanos)
            throws IOException, InterruptedException {
        String now = member;
        while (now.equals(member)) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IOException("place " + place + " has not left within "
                        + DurationText.format(settings.timeout()) + ": it is " + member);
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            now = member(StatusClient.getStatus(leader(settings), settings.timeout()));
        }
    }

    /** Who holds the place; another text once that one does not. */
    private String member(GetStatusResponse status) {
        return status.getRanksList().stream()
                .filter(rank -> rank.getPlace() == place && GONE.stream().noneMatch(rank.getState()::equals))
                .map(rank -> "pid " + rank.getPid() + " on " + rank.getHost() + ", attempt " + rank.getAttempt())
                .findFirst()
                .orElse("nobody");
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
