package io.coxswain.worker.feed;

import io.coxswain.types.DurationText;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.worker.net.CoordinatorClient;
import io.coxswain.worker.report.Executed;
import io.coxswain.worker.report.JobReport;
import io.coxswain.worker.report.ReportBuilder;
import io.coxswain.worker.report.ReportChecks;
import io.coxswain.worker.report.ReportWriter;
import io.coxswain.worker.report.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays a trace to a job that others have started, waits for its end, and reports. One use, by one thread; each of its waits has a
 * deadline, but for a job that goes on and a coordinator that says so.
 */
final class Play {

    private static final Logger LOG = LoggerFactory.getLogger(Play.class);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration CALL_LIMIT = Duration.ofSeconds(2);
    /** For the ranks' summaries, once the job has ended. */
    private static final Duration SUMMARY_LIMIT = Duration.ofSeconds(5);

    private static final Duration NEWS_INTERVAL = Duration.ofSeconds(10);

    private final PlayConfig config;
    private final Trace trace;
    private final PrintStream out;
    private final PlayedJob job = new PlayedJob(System.nanoTime());
    private final AtomicBoolean asking = new AtomicBoolean();
    private long toldNanos = System.nanoTime();

    Play(PlayConfig config, Trace trace, PrintStream out) {
        this.config = config;
        this.trace = trace;
        this.out = out;
    }

    /**
     * Plays to the job's end.
     *
     * @return the program's exit code
     * @throws IOException when the address cannot be bound or the report cannot be written
     */
    int run(ReplaySpeed speed) throws IOException, InterruptedException {
        var player = new TracePlayer(trace, speed);
        var served = new FeedServerConfig(config.listen(), config.worldSize());
        try (FeedServer server = FeedServer.start(served, player, job, System::nanoTime);
                CoordinatorClient coordinator =
                        CoordinatorClient.of(config.coordinator().toString())) {
            LOG.info("{} requests of {} at {}", trace.size(), trace.name(), server.address());
            var members = new MembersFollower(coordinator, server::membersChanged);
            while (!job.isIn("stopped")) {
                if (job.isIn("failed")) {
                    return failed();
                }
                if (isUnheard()) {
                    return PlayMain.COORDINATOR_LOST;
                }
                tick(coordinator, members);
            }
            awaitSummaries(coordinator, members);
            return conclude(server.totals());
        }
    }

    private int failed() {
        LOG.error(
                "the job failed: {}",
                job.status().map(GetStatusResponse::getStateDetail).orElse(""));
        return PlayMain.RANK_LOST;
    }

    private boolean isUnheard() {
        boolean heard = job.status().isPresent();
        Duration limit = heard ? config.waits().coordinator() : config.waits().join();
        if (job.silence(System.nanoTime()).compareTo(limit) <= 0) {
            return false;
        }
        LOG.error(
                "no coordinator of {} that leads {} within {}",
                config.coordinator(),
                heard ? "was heard again" : "was heard",
                DurationText.format(limit));
        return true;
    }

    private void tick(CoordinatorClient coordinator, MembersFollower members) throws InterruptedException {
        long nowNanos = System.nanoTime();
        members.tick(job.status().map(answer -> answer.getTerm().getNumber()).orElse(0L));
        if (asking.compareAndSet(false, true)) {
            coordinator.status(CALL_LIMIT, answer -> {
                answer.ifPresent(status -> job.onStatus(status, nowNanos));
                asking.set(false);
            });
        }
        if (nowNanos - toldNanos > NEWS_INTERVAL.toNanos()) {
            toldNanos = nowNanos;
            LOG.info(
                    "{} of {} requests finished; the job is {}",
                    job.completed(),
                    trace.size(),
                    job.status().map(GetStatusResponse::getState).orElse("not heard of"));
        }
        job.awaitNews(TICK);
    }

    private void awaitSummaries(CoordinatorClient coordinator, MembersFollower members) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + SUMMARY_LIMIT.toNanos();
        while (!job.hasAllSummaries() && System.nanoTime() - deadlineNanos < 0) {
            tick(coordinator, members);
        }
    }

    private int conclude(TracePlayer.Totals totals) throws IOException {
        var executed =
                new Executed(totals.requests(), totals.promptTokens(), totals.generatedTokens(), totals.takenBack());
        try {
            String name = job.status().map(GetStatusResponse::getJob).orElse("");
            JobReport report = new ReportBuilder(
                            name,
                            new ReportBuilder.Sources(config.worldSize(), job.summaries(), job.status(), executed))
                    .build(job.wall());
            out.println(ReportWriter.text(report));
            Path file = config.report();
            if (file != null) {
                ReportWriter.writeJson(report, file);
            }
            return verdictOn(report);
        } catch (IllegalArgumentException contradiction) {
            LOG.error("the job failed: {}", contradiction.getMessage());
            return PlayMain.FAILED;
        }
    }

    private int verdictOn(JobReport report) {
        var asked = new Workload(trace.size(), trace.totalPromptTokens(), trace.totalGeneratedTokens());
        List<String> differences = ReportChecks.differences(report, asked);
        differences.forEach(difference -> LOG.error("the job failed: {}", difference));
        boolean verified = ReportChecks.isVerified(report);
        boolean refuted = report.verification() != null && !verified;
        if (refuted || (config.verification() == PlayConfig.Verification.EVERY_ROW && !verified)) {
            LOG.error("the job failed: its results are not known to be what the reference says");
            return PlayMain.VERIFICATION_FAILED;
        }
        return differences.isEmpty() ? PlayMain.OK : PlayMain.FAILED;
    }
}
