package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.PlaceMember;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Starts the workers, and starts them again where the coordinator allows it. Owned by the launcher's thread.
 *
 * <p>The coordinator keeps the budget; the pause before a restart is kept here: it doubles with every restart of the place that
 * brought no decided step, and is jittered, so that ranks that died together do not start together.
 */
final class WorkerKeeper {
    static final Duration CALL_LIMIT = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    private static final int MOST_DOUBLINGS = 10;

    private final LaunchConfig config;
    private final Parts parts;
    private final Others others;
    private final RandomGenerator random;
    private final Map<Integer, Integer> attempts = new HashMap<>();
    /** Ends that are being asked about, and restarts that are due. */
    private int pending;

    /** What it shares with its launcher. */
    record Parts(EventLoop loop, Terminal terminal, ChildGroup children, JobState state, CommandLines commandLines) {}

    /**
     * Whom it and its workers speak to.
     *
     * @param coordinator HOST:PORT
     * @param feed HOST:PORT
     */
    record Others(CoordinatorClient client, String coordinator, String feed) {}

    /** @param random for the jitter of pauses */
    WorkerKeeper(LaunchConfig config, Parts parts, Others others, RandomGenerator random) {
        this.config = config;
        this.parts = parts;
        this.others = others;
        this.random = random;
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
        boolean finished = exitCode == ExitCodes.OK || exitCode == ExitCodes.VERIFICATION_FAILED;
        if (finished && parts.state().hasSummary(seat)) {
            return;
        }
        String how = ExitCodes.describe(exitCode);
        String what = "rank " + seat.place() + " ended" + (finished ? " without a summary" : "") + ": " + how;
        switch (config.resilience().onLoss()) {
            case FAIL -> {
                parts.state().fail(what, OptionalInt.of(seat.place()));
                boolean news = parts.children().worker(seat.place()).cause() == ChildProcess.Cause.ITSELF;
                if (news && exitCode != ExitCodes.RANK_LOST) {
                    others.client().reportExit(request(seat, how), CALL_LIMIT, answer -> {});
                }
            }
            case WAIT, SHRINK -> askForRestart(seat, what, how);
        }
    }

    private ReportExitRequest request(ChildGroup.Seat seat, String how) {
        return ReportExitRequest.newBuilder()
                .setJob(config.job())
                .setPlace(seat.place())
                .setAttempt(seat.attempt())
                .setHow(how)
                .build();
    }

    private void askForRestart(ChildGroup.Seat seat, String what, String how) {
        pending++;
        parts.terminal().news("coxswain: " + what);
        others.client()
                .reportExit(
                        request(seat, how),
                        CALL_LIMIT,
                        answer -> parts.loop().post(() -> {
                            pending--;
                            onAnswer(seat, what, answer);
                        }));
    }

    private void onAnswer(ChildGroup.Seat seat, String what, Optional<ReportExitResponse> answer) {
        if (answer.isEmpty()) {
            parts.state().fail(what + ", and the coordinator did not say what follows", OptionalInt.of(seat.place()));
            return;
        }
        ReportExitResponse response = answer.get();
        switch (response.getRestart()) {
            case RESTART_GRANTED -> {
                Duration pause = pause(response.getFruitlessRestarts());
                parts.terminal()
                        .news("coxswain: rank " + seat.place() + " is restarted in " + DurationText.format(pause));
                startLater(new ChildGroup.Seat(seat.place(), response.getNextAttempt()), pause);
            }
            // Whether the job can go on without the rank is the coordinator's to say.
            case RESTART_REFUSED, RESTART_NOT_WANTED ->
                parts.terminal().news("coxswain: rank " + seat.place() + " is not restarted: " + response.getReason());
            case RESTART_UNSPECIFIED, UNRECOGNIZED ->
                parts.state().fail(what + ", and the coordinator's answer is unknown", OptionalInt.of(seat.place()));
        }
    }

    private Duration pause(int fruitless) {
        long millis = Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(fruitless, MOST_DOUBLINGS));
        return Duration.ofMillis(millis / 2 + random.nextLong(millis / 2 + 1));
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
            parts.state().fail("rank " + seat.place() + " cannot be started: " + e.getMessage(), OptionalInt.empty());
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
