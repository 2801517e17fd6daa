package io.coxswain.worker.launch;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankStatus;
import io.coxswain.worker.net.CoordinatorClient;
import io.coxswain.worker.report.Executed;
import io.coxswain.worker.report.JobReport;
import io.coxswain.worker.report.ReportBuilder;
import io.coxswain.worker.report.ReportChecks;
import io.coxswain.worker.report.ReportWriter;
import io.coxswain.worker.report.Workload;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The three ends of a launch: all finished, a failure, a signal. Owned by the launcher's thread. */
final class LaunchEnding {
    /** How long the others get to end by themselves after a failure. */
    private static final Duration SETTLE_LIMIT = Duration.ofMillis(700);
    /** The same when the first end looks like a Ctrl-C that the launcher is about to hear of, too. */
    private static final Duration SIGNAL_LIMIT = Duration.ofMillis(300);
    /** After a failure nothing is left to save, and a stopped process does not react at all. */
    private static final Duration FAILED_GRACE = Duration.ofMillis(500);

    private static final Duration STATUS_LIMIT = Duration.ofMillis(400);
    private static final Duration STATUS_PAUSE = Duration.ofMillis(20);
    private static final Duration OUTPUT_LIMIT = Duration.ofMillis(100);
    private static final int NO_PLACE = -1;
    private static final Duration COORDINATOR_GRACE = Duration.ofSeconds(2);

    private final LaunchConfig config;
    private final EventLoop loop;
    private final Terminal terminal;
    private final ChildGroup children;
    private final JobState state;

    /** What it shares with its launcher. */
    record Parts(EventLoop loop, Terminal terminal, ChildGroup children, JobState state) {}

    LaunchEnding(LaunchConfig config, Parts parts) {
        this.config = config;
        this.loop = parts.loop();
        this.terminal = parts.terminal();
        this.children = parts.children();
        this.state = parts.state();
    }

    /** Ends what still runs, says how the job went, and answers the exit code. */
    int conclude(@Nullable CoordinatorClient client, Workload workload, RequestSource.Host feed)
            throws IOException, InterruptedException {
        if (state.signal().isEmpty() && state.failure().isPresent()) {
            settle();
        }
        if (state.signal().isPresent()) {
            return interrupted(state.signal().getAsInt());
        }
        Optional<GetStatusResponse> status = lastStatus(client);
        Optional<JobState.Failure> failure = state.failure();
        return failure.isPresent() ? failed(failure.get(), status) : finished(status, workload, feed.executed());
    }

    /** Lets the others end by themselves, and a Ctrl-C that ended the workers reach the launcher as well. */
    private void settle() throws InterruptedException {
        boolean looksInterrupted = children.endsInOrder().stream()
                .anyMatch(end -> ExitCodes.isInterruption(end.exitCode().orElse(0)));
        if (looksInterrupted && loop.runUntil(() -> state.signal().isPresent(), SIGNAL_LIMIT)) {
            return;
        }
        loop.runUntil(() -> children.allWorkersEnded() || state.signal().isPresent(), SETTLE_LIMIT);
    }

    private int interrupted(int signal) throws InterruptedException {
        int exitCode = ExitCodes.SIGNAL_BASE + signal;
        terminal.news("coxswain: " + ExitCodes.describe(exitCode) + ": ending " + config.nprocPerNode()
                + " workers; once more to kill them at once");
        children.end(config.deadlines().termGrace(), state::isInterruptedTwice);
        return exitCode;
    }

    private int failed(JobState.Failure failure, Optional<GetStatusResponse> status) throws InterruptedException {
        Duration grace = config.deadlines().termGrace();
        children.end(grace.compareTo(FAILED_GRACE) < 0 ? grace : FAILED_GRACE, state::isInterruptedTwice);
        FailureReport report =
                new FailureReport(config.job(), failure.what(), failure.suspect(), ends(status), verdict(status));
        terminal.news(report.text());
        return report.exitCode();
    }

    private int finished(Optional<GetStatusResponse> status, Workload workload, Executed executed)
            throws IOException, InterruptedException {
        children.end(COORDINATOR_GRACE, state::isInterruptedTwice);
        try {
            JobReport report = new ReportBuilder(
                            config.job(),
                            new ReportBuilder.Sources(config.nprocPerNode(), state.summaries(), status, executed))
                    .build(state.wall());
            terminal.result(ReportWriter.text(report));
            if (config.report() != null) {
                ReportWriter.writeJson(report, config.report());
            }
            return verdictOn(report, workload);
        } catch (IllegalArgumentException e) {
            terminal.news("coxswain: the job failed: " + e.getMessage());
            return ExitCodes.FAILED;
        }
    }

    private int verdictOn(JobReport report, Workload workload) {
        List<String> differences = ReportChecks.differences(report, workload);
        differences.forEach(difference -> terminal.news("coxswain: the job failed: " + difference));
        boolean mustVerify = config.worker().verification() == LaunchConfig.Verification.EVERY_ROW;
        if (mustVerify && !ReportChecks.isVerified(report)) {
            terminal.news("coxswain: the job failed: its results are not what the reference says");
            return ExitCodes.VERIFICATION_FAILED;
        }
        return differences.isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
    }

    /**
     * Asks once more, after a failure until the coordinator has judged it or the time is up; what was heard last serves
     * when no answer comes.
     */
    private Optional<GetStatusResponse> lastStatus(@Nullable CoordinatorClient client) throws InterruptedException {
        long begin = loop.nanoTime();
        boolean judged = false;
        while (client != null && serves() && !judged && loop.nanoTime() - begin < STATUS_LIMIT.toNanos()) {
            AtomicBoolean answered = new AtomicBoolean();
            client.status(
                    STATUS_LIMIT,
                    answer -> loop.post(() -> {
                        answered.set(true);
                        answer.ifPresent(latest -> state.onStatus(latest, loop.nanoTime()));
                    }));
            loop.runUntil(() -> answered.get() || !serves(), STATUS_LIMIT);
            judged = state.failure().isEmpty() || isJudged();
            loop.runUntil(() -> state.signal().isPresent(), judged ? Duration.ZERO : STATUS_PAUSE);
        }
        return state.status();
    }

    private boolean serves() {
        return children.anyCoordinatorRuns();
    }

    private boolean isJudged() {
        return state.status().map(answer -> answer.getState().equals("failed")).orElse(false);
    }

    private List<FailureReport.End> ends(Optional<GetStatusResponse> status) throws InterruptedException {
        String host = HostName.ofThisMachine();
        List<FailureReport.End> ends = new ArrayList<>();
        for (ChildProcess child : children.endsInOrder()) {
            OptionalInt place = children.placeOf(child);
            ends.add(new FailureReport.End(
                    new FailureReport.Role(place, nameOf(child)),
                    status.flatMap(answer -> hostOf(answer, place.orElse(NO_PLACE)))
                            .orElse(host),
                    child.pid(),
                    child.exitCode().orElse(0),
                    child.cause(),
                    child.lastLines(OUTPUT_LIMIT)));
        }
        return ends;
    }

    private String nameOf(ChildProcess child) {
        boolean onlyOne =
                children.placeOf(child).isEmpty() && config.resilience().coordinators() == 1;
        return onlyOne ? "the " + child.name() : child.name();
    }

    private static Optional<String> hostOf(GetStatusResponse status, int place) {
        return status.getRanksList().stream()
                .filter(rank -> rank.getPlace() == place)
                .map(RankStatus::getHost)
                .filter(host -> !host.isEmpty())
                .findFirst();
    }

    private static FailureReport.Verdict verdict(Optional<GetStatusResponse> status) {
        return status.map(answer -> new FailureReport.Verdict(answer.getCulpritsList(), answer.getStateDetail()))
                .orElse(FailureReport.Verdict.UNKNOWN);
    }
}
