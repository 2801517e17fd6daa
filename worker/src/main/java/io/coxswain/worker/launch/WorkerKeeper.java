package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.PlaceMember;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import io.coxswain.worker.net.CoordinatorClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Starts the workers, and starts them again where the coordinator allows it. Owned by the launcher's thread.
 *
 * <p>The coordinator keeps the budget, and says whether the job can go on without a rank. What the end of a worker means is decided
 * here by the job's policy, and nowhere else.
 */
final class WorkerKeeper {
    static final Duration CALL_LIMIT = Duration.ofSeconds(1);
    /** A machine that is short of processors just when ranks die is no reason to give a job up. */
    private static final Duration RESTART_CALL_LIMIT = Duration.ofSeconds(10);
    /** The same where the leader may have died with the rank, and another has to come first. */
    private static final Duration TAKEOVER_CALL_LIMIT = CoordinatorKeeper.LEADERLESS_LIMIT;

    private final LaunchConfig config;
    private final Parts parts;
    private final CoordinatorClient client;
    private final RestartPauses pauses;
    private final Map<Integer, Integer> attempts = new HashMap<>();
    /** Ends that are being asked about, and restarts that are due. */
    private int pending;

    /** What it shares with its launcher. */
    record Parts(EventLoop loop, Terminal terminal, Crew crew, JobState state) {}

    WorkerKeeper(LaunchConfig config, Parts parts, CoordinatorClient client, RestartPauses pauses) {
        this.config = config;
        this.parts = parts;
        this.client = client;
        this.pauses = pauses;
    }

    void startAll(int worldSize) throws IOException {
        for (int place = 0; place < worldSize; place++) {
            start(new ChildGroup.Seat(place, 0));
        }
    }

    private void start(ChildGroup.Seat seat) throws IOException {
        attempts.put(seat.place(), seat.attempt());
        parts.crew().start(seat);
    }

    /** Whether a worker may start yet, though all have ended. */
    boolean isPending() {
        return pending > 0;
    }

    void onEnd(WorkerEnd end) {
        if (end.isFinished() && isAccountedFor(end)) {
            return;
        }
        switch (config.resilience().onLoss()) {
            case FAIL -> {
                parts.state().fail(end.what(), suspect(end));
                boolean news = end.cause() == ChildProcess.Cause.ITSELF;
                if (news && end.exitCode() != ExitCodes.RANK_LOST) {
                    client.reportExit(request(end), CALL_LIMIT, answer -> {});
                }
            }
            case WAIT, SHRINK -> {
                if (!parts.state().isOver()) { // else this launcher has ended it, or nobody wants another
                    askForRestart(end);
                }
            }
        }
    }

    /** A worker of the user's own need not know of summaries. */
    private boolean isAccountedFor(WorkerEnd end) {
        return parts.state().hasSummary(end.seat()) || config.worker().custom() != null;
    }

    private static Suspect suspect(WorkerEnd end) {
        return new Suspect.Worker(end.place());
    }

    private ReportExitRequest request(WorkerEnd end) {
        return ReportExitRequest.newBuilder()
                .setJob(config.job())
                .setPlace(end.place())
                .setAttempt(end.seat().attempt())
                .setHow(end.how())
                .build();
    }

    private void askForRestart(WorkerEnd end) {
        pending++;
        parts.terminal().news("coxswain: " + end.what());
        client.reportExit(
                request(end),
                config.resilience().coordinators() == 1 ? RESTART_CALL_LIMIT : TAKEOVER_CALL_LIMIT,
                answer -> parts.loop().post(() -> {
                    pending--;
                    onAnswer(end, answer);
                }));
    }

    private void onAnswer(WorkerEnd end, Optional<ReportExitResponse> answer) {
        if (answer.isEmpty()) {
            parts.state().fail("the coordinator does not say what follows: " + end.what(), Suspect.Other.COORDINATOR);
            return;
        }
        ReportExitResponse response = answer.get();
        switch (response.getRestart()) {
            case RESTART_GRANTED -> restart(end.seat(), response);
            // Whether the job can go on without the rank is the coordinator's to say.
            case RESTART_REFUSED -> sayNotRestarted(end, response);
            case RESTART_NOT_WANTED -> {
                sayNotRestarted(end, response);
                if (end.isFinished()) {
                    // Nobody will ever say what it executed, nor that it was verified.
                    parts.state().fail(end.what(), suspect(end));
                }
            }
            case RESTART_UNSPECIFIED, UNRECOGNIZED ->
                parts.state().fail(end.what() + ", and the coordinator's answer is unknown", suspect(end));
        }
    }

    private void sayNotRestarted(WorkerEnd end, ReportExitResponse response) {
        parts.terminal().news("coxswain: rank " + end.place() + " is not restarted: " + response.getReason());
    }

    private void restart(ChildGroup.Seat seat, ReportExitResponse response) {
        if (!parts.crew().takesWorkers(seat.place())) {
            sayNodeTakesNone(seat.place());
            return;
        }
        Duration pause = pauses.after(response.getFruitlessRestarts());
        parts.terminal().news("coxswain: rank " + seat.place() + " is restarted in " + DurationText.format(pause));
        startLater(new ChildGroup.Seat(seat.place(), response.getNextAttempt()), pause);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it posts an event, which the loop runs
    private void startLater(ChildGroup.Seat seat, Duration pause) {
        pending++;
        CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> parts.loop().post(() -> {
                    pending--;
                    startNow(seat);
                }));
    }

    private void startNow(ChildGroup.Seat seat) {
        if (parts.state().isStopped() || parts.state().isOver()) {
            return;
        }
        if (!parts.crew().takesWorkers(seat.place())) {
            sayNodeTakesNone(seat.place());
            return;
        }
        try {
            start(seat);
        } catch (IOException e) {
            parts.state().fail("rank " + seat.place() + " cannot be started: " + e.getMessage(), Suspect.Other.NOBODY);
        }
    }

    private void sayNodeTakesNone(int place) {
        parts.terminal()
                .news("coxswain: rank " + place + " is not restarted: "
                        + parts.crew().nodeOf(place) + " starts no more workers");
    }

    /** A member that was taken for lost can do no harm any more, but it holds memory, and its place is wanted. */
    void onMembers(MembersUpdate update) {
        if (config.resilience().onLoss() == OnLoss.FAIL || parts.state().isStopped()) {
            return;
        }
        for (PlaceMember member : update.getPlacesList()) {
            int place = member.getPlace();
            boolean lost = !member.getLive() && !member.getLeft();
            if (lost && attempts.getOrDefault(place, -1) == member.getMember().getAttempt()) {
                endLost(place, member.getDetail());
            }
        }
    }

    private void endLost(int place, String why) {
        if (parts.crew().isRunning(place)) {
            parts.terminal().news("coxswain: rank " + place + " was taken for lost and is killed: " + why);
            parts.crew().kill(place);
        }
    }
}
