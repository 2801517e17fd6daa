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
    private final Others others;
    private final RestartPauses pauses;
    private final Map<Integer, Integer> attempts = new HashMap<>();
    /** Ends that are being asked about, and restarts that are due. */
    private int pending;

    /** What it shares with its launcher. */
    record Parts(EventLoop loop, Terminal terminal, ChildGroup children, JobState state, CommandLines commandLines) {}

    /**
     * Whom it and its workers speak to.
     *
     * @param coordinator HOST:PORT, of each replica
     * @param feed HOST:PORT
     */
    record Others(CoordinatorClient client, String coordinator, String feed) {}

    /** How a worker has ended. */
    private record End(ChildGroup.Seat seat, int exitCode) {

        /** It says that it has done all that it was there for. */
        boolean isFinished() {
            return exitCode == ExitCodes.OK || exitCode == ExitCodes.VERIFICATION_FAILED;
        }

        String how() {
            return ExitCodes.describe(exitCode);
        }

        /** Of one without a summary. */
        String what() {
            return "rank " + seat.place() + " ended" + (isFinished() ? " without a summary" : "") + ": " + how();
        }

        Suspect suspect() {
            return new Suspect.Worker(seat.place());
        }
    }

    WorkerKeeper(LaunchConfig config, Parts parts, Others others, RestartPauses pauses) {
        this.config = config;
        this.parts = parts;
        this.others = others;
        this.pauses = pauses;
    }

    void startAll() throws IOException {
        for (int place = 0; place < config.nprocPerNode(); place++) {
            start(new ChildGroup.Seat(place, 0));
        }
    }

    private void start(ChildGroup.Seat seat) throws IOException {
        attempts.put(seat.place(), seat.attempt());
        parts.children().startWorker(seat, parts.commandLines().worker(seat, others.coordinator(), others.feed()));
    }

    /** Whether a worker may start yet, though all have ended. */
    boolean isPending() {
        return pending > 0;
    }

    void onEnd(ChildGroup.Seat seat, int exitCode) {
        End end = new End(seat, exitCode);
        if (end.isFinished() && parts.state().hasSummary(seat)) {
            return;
        }
        switch (config.resilience().onLoss()) {
            case FAIL -> {
                parts.state().fail(end.what(), end.suspect());
                boolean news = parts.children().worker(seat.place()).cause() == ChildProcess.Cause.ITSELF;
                if (news && exitCode != ExitCodes.RANK_LOST) {
                    others.client().reportExit(request(end), CALL_LIMIT, answer -> {});
                }
            }
            case WAIT, SHRINK -> askForRestart(end);
        }
    }

    private ReportExitRequest request(End end) {
        return ReportExitRequest.newBuilder()
                .setJob(config.job())
                .setPlace(end.seat().place())
                .setAttempt(end.seat().attempt())
                .setHow(end.how())
                .build();
    }

    private void askForRestart(End end) {
        pending++;
        parts.terminal().news("coxswain: " + end.what());
        others.client()
                .reportExit(
                        request(end),
                        config.resilience().coordinators() == 1 ? RESTART_CALL_LIMIT : TAKEOVER_CALL_LIMIT,
                        answer -> parts.loop().post(() -> {
                            pending--;
                            onAnswer(end, answer);
                        }));
    }

    private void onAnswer(End end, Optional<ReportExitResponse> answer) {
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
                    parts.state().fail(end.what(), end.suspect());
                }
            }
            case RESTART_UNSPECIFIED, UNRECOGNIZED ->
                parts.state().fail(end.what() + ", and the coordinator's answer is unknown", end.suspect());
        }
    }

    private void sayNotRestarted(End end, ReportExitResponse response) {
        parts.terminal().news("coxswain: rank " + end.seat().place() + " is not restarted: " + response.getReason());
    }

    private void restart(ChildGroup.Seat seat, ReportExitResponse response) {
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
        if (parts.state().isStopped() || parts.state().failure().isPresent()) {
            return;
        }
        try {
            start(seat);
        } catch (IOException e) {
            parts.state().fail("rank " + seat.place() + " cannot be started: " + e.getMessage(), Suspect.Other.NOBODY);
        }
    }

    /** A member that was taken for lost can do no harm any more, but it holds memory, and its place is wanted. */
    void onMembers(MembersUpdate update) {
        if (config.resilience().onLoss() == LaunchConfig.OnLoss.FAIL
                || parts.state().isStopped()) {
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
        ChildProcess child = parts.children().worker(place);
        if (child.isRunning()) {
            parts.terminal().news("coxswain: rank " + place + " was taken for lost and is killed: " + why);
            child.kill();
        }
    }
}
