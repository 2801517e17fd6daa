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
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    private static final int NO_PLACE = -1;
    private static final Duration COORDINATOR_GRACE = Duration.ofSeconds(2);

    private final LaunchConfig config;
    private final EventLoop loop;
    private final Terminal terminal;
    private final ChildGroup children;
    private final Crew crew;
    private final WorkerLogs logs;
    private final int worldSize;
    private final JobState state;

    /** What it shares with its launcher. */
    record Parts(ChildGroup children, Crew crew, WorkerLogs logs, int worldSize) {}

    /**
     * How a launch has ended.
     *
     * @param text the block that names the root cause; empty: there is none
     */
    record Conclusion(int exitCode, String text) {
        static Conclusion of(int exitCode) {
            return new Conclusion(exitCode, "");
        }
    }

    LaunchEnding(LaunchConfig config, Desk desk, Parts parts) {
        this.config = config;
        this.loop = desk.loop();
        this.terminal = desk.terminal();
        this.children = parts.children();
        this.crew = parts.crew();
        this.logs = parts.logs();
        this.worldSize = parts.worldSize();
        this.state = desk.state();
    }

    /** Ends what still runs, and says how the job went. */
    Conclusion conclude(@Nullable CoordinatorClient client, Workload workload, RequestSource.Host feed)
            throws IOException, InterruptedException {
        if (state.signal().isEmpty() && state.failure().isPresent()) {
            settle();
        }
        if (state.signal().isPresent()) {
            return Conclusion.of(interrupted(state.signal().getAsInt()));
        }
        Optional<GetStatusResponse> status = lastStatus(client);
        Optional<JobState.Failure> failure = state.failure();
        return failure.isPresent()
                ? failed(failure.get(), status)
                : Conclusion.of(finished(status, workload, feed.executed()));
    }

    /** Lets the others end by themselves, and a Ctrl-C that ended the workers reach the launcher as well. */
    private void settle() throws InterruptedException {
        boolean looksInterrupted = crew.endsInOrder().stream()
                .anyMatch(ended -> ExitCodes.isInterruption(ended.end().exitCode()));
        if (looksInterrupted && loop.runUntil(() -> state.signal().isPresent(), SIGNAL_LIMIT)) {
            return;
        }
        loop.runUntil(() -> crew.allEnded() || state.signal().isPresent(), SETTLE_LIMIT);
    }

    private int interrupted(int signal) throws InterruptedException {
        int exitCode = ExitCodes.SIGNAL_BASE + signal;
        terminal.news("coxswain: " + ExitCodes.describe(exitCode) + ": ending " + worldSize
                + " workers; once more to kill them at once");
        end(config.deadlines().termGrace());
        return exitCode;
    }

    /** The workers first, who have something to say to a coordinator until the last. */
    private void end(Duration grace) throws InterruptedException {
        crew.end(grace, state::isInterruptedTwice);
        children.endCoordinators(state::isInterruptedTwice);
    }

    private Conclusion failed(JobState.Failure failure, Optional<GetStatusResponse> status)
            throws InterruptedException {
        Duration grace = config.deadlines().termGrace();
        end(grace.compareTo(FAILED_GRACE) < 0 ? grace : FAILED_GRACE);
        FailureReport report =
                new FailureReport(config.job(), failure.what(), failure.suspect(), ends(status), verdict(status));
        String text = report.text();
        terminal.news(text);
        logs.noteVerdict(report);
        return new Conclusion(report.exitCode(), text);
    }

    private int finished(Optional<GetStatusResponse> status, Workload workload, Executed executed)
            throws IOException, InterruptedException {
        end(COORDINATOR_GRACE);
        if (state.summaries().isEmpty() && config.worker().custom() != null) {
            return finishedWithoutSummaries();
        }
        try {
            JobReport report = new ReportBuilder(
                            config.job(), new ReportBuilder.Sources(worldSize, state.summaries(), status, executed))
                    .build(state.wall());
            terminal.result(ReportWriter.text(report));
            write(report);
            return verdictOn(report, workload);
        } catch (IllegalArgumentException e) {
            terminal.news("coxswain: the job failed: " + e.getMessage());
            return ExitCodes.FAILED;
        }
    }

    private void write(JobReport report) throws IOException {
        Path file = config.output().report();
        if (file == null) {
            return;
        }
        try {
            ReportWriter.writeJson(report, file);
        } catch (FileSystemException e) { // whose message may be the path alone
            throw new IOException("--report: " + file + " cannot be written: " + e, e);
        }
    }

    /** Workers of the user's own that do not say what they have executed leave nothing to report. */
    private int finishedWithoutSummaries() {
        terminal.result("coxswain: job " + config.job() + ": all " + worldSize + " workers ended well");
        if (config.output().report() != null) {
            terminal.news("coxswain: the job failed: --report: no worker has sent a summary of what it executed");
            return ExitCodes.FAILED;
        }
        return ExitCodes.OK;
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

    private List<FailureReport.End> ends(Optional<GetStatusResponse> status) {
        List<FailureReport.End> ends = new ArrayList<>();
        for (Crew.Ended ended : crew.endsInOrder()) {
            String host = status.flatMap(
                            answer -> hostOf(answer, ended.role().place().orElse(NO_PLACE)))
                    .orElse(ended.host());
            FailureReport.End facts = LocalNode.facts(ended.end(), host);
            ends.add(new FailureReport.End(
                    ended.role(), host, facts.pid(), facts.exitCode(), facts.cause(), facts.lastLines()));
        }
        return ends;
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
