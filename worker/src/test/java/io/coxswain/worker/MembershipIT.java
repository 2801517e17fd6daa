package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.DrainRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job whose workers are killed, stopped, sent away and replaced: it goes on, and its totals are the trace's. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class MembershipIT {

    private static final int RANKS = 3;
    private static final String HOST = "[^,]+";
    private static final int REQUESTS = 60;
    private static final int PROMPT = 40;
    private static final int GENERATED = 400;

    @TempDir
    private Path directory;

    /** Requests for ten seconds or more. */
    private JobProcess job(String... flags) throws IOException {
        return job(JobProcess.trace(directory.resolve("trace.csv"), REQUESTS, PROMPT, GENERATED), flags);
    }

    private JobProcess job(Path trace, String... flags) throws IOException {
        return JobProcess.launch(
                directory,
                Stream.concat(
                                Stream.of(
                                        "--nproc-per-node=" + RANKS,
                                        "--trace=" + trace,
                                        "--verify",
                                        "--max-batch-requests=4",
                                        "--step-log=" + directory.resolve("steps")),
                                Stream.of(flags))
                        .toArray(String[]::new));
    }

    @Test
    void shouldGoOnWithTheSurvivorsAndTakeInTheSuccessor() throws Exception {
        Path trace = JobProcess.longTrace(directory.resolve("long.csv"), REQUESTS, PROMPT, GENERATED);
        try (JobProcess job = job(trace, "--on-loss=shrink", "--speed=1")) { // it outlasts the successor's start
            GetStatusResponse before = job.awaitSteps();

            JobProcess.signal(job.worker(before, 1), "KILL");

            GetStatusResponse after = job.awaitStatus(
                    status -> isWhole(status) && status.getRanks(1).getAttempt() == 1);
            assertThat(after.getEpoch().getNumber())
                    .as("shrunk, and grown again")
                    .isGreaterThanOrEqualTo(3);
            assertThat(after.getRestarts()).isEqualTo(1);
            JsonNode report = job.assertWellEnded(REQUESTS, PROMPT, GENERATED);
            assertThat(report.get("restarts").asInt()).isEqualTo(1);
            assertThat(report.get("requests_rescheduled").asInt()).isPositive();
        }
    }

    @Test
    void shouldWaitForTheSuccessor() throws Exception {
        try (JobProcess job = job("--on-loss=wait")) {
            GetStatusResponse before = job.awaitSteps();

            JobProcess.signal(job.worker(before, 0), "KILL");

            GetStatusResponse after = job.awaitStatus(
                    status -> isWhole(status) && status.getRanks(0).getAttempt() == 1);
            assertThat(after.getEpoch().getNumber()).isEqualTo(2);
            job.assertWellEnded(REQUESTS, PROMPT, GENERATED);
        }
    }

    @Test
    void shouldReplaceARankThatWasStoppedBeyondTheLimits() throws Exception {
        try (JobProcess job = job("--on-loss=wait", "--heartbeat-timeout=2s")) {
            GetStatusResponse before = job.awaitSteps();
            ProcessHandle victim = job.worker(before, 2);

            JobProcess.signal(victim, "STOP");

            job.awaitStatus(status -> isWhole(status) && status.getRanks(2).getAttempt() == 1);
            assertThat(victim.isAlive()).as("it was taken for lost, and ended").isFalse();
            job.assertWellEnded(REQUESTS, PROMPT, GENERATED);
        }
    }

    @Test
    void shouldNameARankThatIsLateAndNotTakeItForLost() throws Exception {
        try (JobProcess job = job("--on-loss=shrink", "--heartbeat-timeout=1m", "--step-timeout=1m")) {
            GetStatusResponse before = job.awaitSteps();
            ProcessHandle victim = job.worker(before, 1);

            JobProcess.signal(victim, "STOP");

            String named = "rank 1 \\(" + HOST + ", pid " + victim.pid() + "\\): last report step [0-9]+, ";
            GetStatusResponse late = job.awaitStatus(
                    status -> status.getWaitingFor().matches(named + "[0-9.]+ s ago; .* no sign of life"));
            assertThat(late.getRanks(1).getLate()).isTrue();
            assertThat(late.getRanks(0).getLate()).isFalse();
            GetStatusResponse twentySecondsLate =
                    job.awaitStatus(status -> status.getWaitingFor().matches(named + "2[0-9][.0-9]* s ago; .*"));
            assertThat(twentySecondsLate.getState()).isEqualTo("running");
            assertThat(twentySecondsLate.getStep()).isEqualTo(late.getStep());
            JobProcess.signal(victim, "CONT");
            GetStatusResponse after = job.awaitStatus(status -> status.getStep() > late.getStep() + 5);
            assertThat(after.getEpoch()).isEqualTo(before.getEpoch());
            assertThat(after.getWaitingFor()).isEmpty();
            JsonNode report = job.assertWellEnded(REQUESTS, PROMPT, GENERATED);
            assertThat(report.get("aborts").asInt()).isZero();
        }
    }

    @Test
    void shouldLetARankLeaveWithoutAnAbort() throws Exception {
        try (JobProcess job = job("--on-loss=shrink")) {
            GetStatusResponse before = job.awaitSteps();
            ProcessHandle byRequest = job.worker(before, 0);
            ProcessHandle bySignal = job.worker(before, 2);

            var unused = ControlServiceGrpc.newBlockingStub(job.channel())
                    .withDeadlineAfter(JobProcess.LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .drain(DrainRequest.newBuilder()
                            .setJob(before.getJob())
                            .setPlace(0)
                            .setReason("test")
                            .build());
            job.awaitStatus(status -> status.getRanks(0).getState().equals("left"));
            JobProcess.signal(bySignal, "TERM");

            GetStatusResponse after =
                    job.awaitStatus(status -> status.getRanks(2).getState().equals("left"));
            assertThat(after.getEpochsAborted()).isZero();
            byRequest.onExit().get(JobProcess.LIMIT.toSeconds(), TimeUnit.SECONDS);
            bySignal.onExit().get(JobProcess.LIMIT.toSeconds(), TimeUnit.SECONDS);
            JsonNode report = job.assertWellEnded(REQUESTS, PROMPT, GENERATED);
            assertThat(report.get("restarts").asInt()).isZero();
        }
    }

    @Test
    void shouldGiveUpARankThatDiesAgainAndAgain() throws Exception {
        try (JobProcess job = job("--on-loss=wait", "--max-restarts=1")) {
            GetStatusResponse first = job.awaitSteps();
            JobProcess.signal(job.worker(first, 1), "KILL");
            GetStatusResponse second = job.awaitStatus(
                    status -> isWhole(status) && status.getRanks(1).getAttempt() == 1);

            JobProcess.signal(job.worker(second, 1), "KILL");

            assertThat(job.awaitExit()).as(job::text).isEqualTo(137);
            assertThat(job.text()).contains("1 restarts within 600.0 s are allowed and were used");
            assertThat(job.alive()).isEmpty();
        }
    }

    private static boolean isWhole(GetStatusResponse status) {
        Predicate<RankStatus> runs = rank -> rank.getState().equals("running");
        return status.getState().equals("running")
                && status.getStep() > 1
                && status.getRanksList().stream().allMatch(runs);
    }
}
