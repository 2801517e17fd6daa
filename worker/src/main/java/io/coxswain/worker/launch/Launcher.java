package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RankSummary;
import io.coxswain.worker.feed.FeedListener;
import io.coxswain.worker.net.CoordinatorClient;
import io.coxswain.worker.process.SignalWatch;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One launch, from the first process to the report: coordinators, workers, progress, and the end, whichever it is. All of it
 * runs on the caller's thread; not thread-safe, used once.
 */
final class Launcher implements ChildGroup.Listener, FeedListener {
    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");
    private static final Duration COORDINATOR_START_LIMIT = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofMillis(200);
    /** How often the status is asked for once the group runs; before, at every tick. */
    private static final long STATUS_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    /** From the job's STOP to the end of the workers. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(8);

    private final LaunchConfig config;
    private final RequestSource requests;
    private final Terminal terminal;
    private final EventLoop loop;
    private final ChildGroup children;
    private final JobProgress progress;
    private final JobState state;
    private final LaunchEnding ending;
    private final WorkerKeeper.Parts parts;
    private final CoordinatorKeeper coordinators;
    private @Nullable CoordinatorClient client;
    private @Nullable WorkerKeeper keeper;
    /** Ends the watch over the members; null while there is none. */
    private @Nullable Runnable membersWatch;

    private long watchedTerm;
    private long statusAskedNanos;
    private boolean statusPending;

    Launcher(LaunchConfig config, Programs programs, RequestSource requests, Terminal terminal) {
        this.config = config;
        this.requests = requests;
        this.terminal = terminal;
        this.loop = new EventLoop(System::nanoTime);
        this.children = new ChildGroup(loop, terminal, this);
        this.progress = new JobProgress(config.nprocPerNode());
        this.state = new JobState(loop.nanoTime());
        this.ending = new LaunchEnding(config, new LaunchEnding.Parts(loop, terminal, children, state));
        this.parts = new WorkerKeeper.Parts(loop, terminal, children, state, new CommandLines(config, programs));
        this.coordinators =
                new CoordinatorKeeper(config.resilience().coordinators(), parts, new RestartPauses(new SecureRandom()));
    }

    /**
     * Runs the job to its end; no process is left when it returns or throws.
     *
     * @return the launch's exit code
     * @throws IOException when a program cannot be started, a port cannot be bound, or the report cannot be written
     */
    int run() throws IOException, InterruptedException {
        SignalWatch signals = SignalWatch.install(SIGNALS, number -> loop.post(() -> state.onSignal(number)));
        try (RequestSource.Host feed = requests.serve(config, this)) {
            startCoordinators();
            startWorkers(feed);
            watch(feed);
            return ending.conclude(client, requests.workload(), feed);
        } finally {
            children.killTheRest();
            closeClient();
            signals.close();
        }
    }

    @Override
    public void onCoordinatorAddress(int number, String address) {
        coordinators.onAddress(number, address);
    }

    @Override
    public void onCoordinatorEnd(int number, int exitCode) {
        boolean needed = keeper == null || !children.allWorkersEnded() || keeper.isPending();
        if (!coordinators.allServe() || (!state.isStopped() && needed)) {
            coordinators.onEnd(number, exitCode);
        }
    }

    @Override
    public void onWorkerEnd(ChildGroup.Seat seat, int exitCode) {
        if (keeper != null) {
            keeper.onEnd(seat, exitCode);
        }
    }

    @Override
    public void onProgress(int place, RankProgress rankProgress) {
        progress.onProgress(place, rankProgress);
    }

    @Override
    public void onRequestsCompleted(long requestsCompleted) {
        progress.onRequestsCompleted(requestsCompleted);
    }

    @Override
    public void onSummary(RankSummary summary) {
        long arrived = loop.nanoTime();
        loop.post(() -> state.onSummary(summary, arrived));
    }

    private void startCoordinators() throws IOException, InterruptedException {
        coordinators.startAll();
        if (!loop.runUntil(() -> coordinators.allServe() || isOver(), COORDINATOR_START_LIMIT)) {
            state.fail(
                    "the coordinator did not serve within " + DurationText.format(COORDINATOR_START_LIMIT),
                    Suspect.Other.COORDINATOR);
        }
    }

    private void startWorkers(RequestSource.Host feed) throws IOException {
        if (!coordinators.allServe() || isOver()) {
            return;
        }
        String addresses = coordinators.addresses();
        CoordinatorClient coordinator = CoordinatorClient.of(addresses);
        client = coordinator;
        // The first call connects, while the workers start: a rank that fails early finds the connection there.
        askStatus(loop.nanoTime());
        watchMembers(coordinator, feed);
        keeper = new WorkerKeeper(
                config,
                parts,
                new WorkerKeeper.Others(coordinator, addresses, feed.address()),
                new RestartPauses(new SecureRandom()));
        keeper.startAll();
        terminal.news(String.format(
                "coxswain: job %s: coordinator at %s, %d workers started",
                config.job(), addresses, config.nprocPerNode()));
    }

    private void watchMembers(CoordinatorClient coordinator, RequestSource.Host feed) {
        membersWatch = coordinator.watchMembers(
                update -> loop.post(() -> {
                    feed.membersChanged(update);
                    if (keeper != null) {
                        keeper.onMembers(update);
                    }
                }),
                () -> loop.post(() -> membersWatch = null));
    }

    private void watch(RequestSource.Host feed) throws InterruptedException {
        ProgressDisplay display =
                new ProgressDisplay(terminal, requests.workload().requests(), config.nprocPerNode());
        while (!loop.runUntil(this::isOver, TICK)) {
            long now = loop.nanoTime();
            display.tick(now, progress.snapshot(), state.status());
            askStatus(now);
            coordinators.tick(now);
            if (client != null && membersWatch == null) {
                watchMembers(client, feed);
            }
            if (state.isStoppedLongerThan(STOP_LIMIT, now)) {
                state.fail(
                        "not all workers ended within " + DurationText.format(STOP_LIMIT) + " of the job's end",
                        Suspect.Other.NOBODY);
            }
        }
        display.end();
    }

    private void askStatus(long nowNanos) {
        boolean due = !state.hasRun() || nowNanos - statusAskedNanos >= STATUS_INTERVAL_NANOS;
        if (client == null || statusPending || !due) {
            return;
        }
        statusPending = true;
        statusAskedNanos = nowNanos;
        client.status(
                WorkerKeeper.CALL_LIMIT,
                answer -> loop.post(() -> {
                    statusPending = false;
                    answer.ifPresent(status -> onStatus(status, nowNanos));
                }));
    }

    private void onStatus(GetStatusResponse status, long askedNanos) {
        state.onStatus(status, askedNanos);
        long term = status.getTerm().getNumber();
        if (term != watchedTerm && membersWatch != null) {
            // A leader that was deposed may keep its streams for a while: what the members are, only the next one
            // knows.
            boolean first = watchedTerm == 0;
            watchedTerm = term;
            if (!first) {
                membersWatch.run();
            }
        }
    }

    private boolean isOver() {
        return state.signal().isPresent()
                || state.failure().isPresent()
                || (keeper != null && children.allWorkersEnded() && !keeper.isPending());
    }

    private void closeClient() {
        if (client != null) {
            client.close();
        }
    }
}
