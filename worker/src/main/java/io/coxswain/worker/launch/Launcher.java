package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.types.HostName;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RankSummary;
import io.coxswain.worker.feed.FeedListener;
import io.coxswain.worker.launch.CommandLines.Peers;
import io.coxswain.worker.net.CoordinatorClient;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One launch as node 0 sees it, from the first process to the report: coordinators, workers, progress, and the end, whichever it is.
 * All of it runs on the caller's thread; not thread-safe, used once.
 */
final class Launcher implements ChildGroup.Listener, NodeHost.Listener, FeedListener {
    private static final Duration COORDINATOR_START_LIMIT = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofMillis(200);
    /** How often the status is asked for once the group runs; before, at every tick. */
    private static final long STATUS_INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    /** From the job's STOP to the end of the workers. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(8);

    private final LaunchConfig config;
    private final Setting setting;
    private final Topology topology;
    private final Terminal terminal;
    private final EventLoop loop;
    private final JobState state;
    private final ChildGroup children;
    private final WorkerLogs logs;
    private final Crew crew;
    private final JobProgress progress;
    private final LaunchEnding ending;
    private final CommandLines commandLines;
    private final CoordinatorKeeper coordinators;
    private @Nullable LocalNode local;
    private @Nullable CoordinatorClient client;
    /** Null until the workers start; by then the crew knows all nodes. */
    private @Nullable WorkerKeeper keeper;
    /** Ends the watch over the members; null while there is none. */
    private @Nullable Runnable membersWatch;

    private long watchedTerm;
    private long statusAskedNanos;
    private boolean statusPending;

    /**
     * Where and with whom the job runs.
     *
     * @param nodes the others; null: there are none
     */
    record Setting(
            Topology topology,
            Programs programs,
            RequestSource requests,
            @Nullable NodeHost nodes) {}

    Launcher(LaunchConfig config, Setting setting, Desk desk) {
        this.config = config;
        this.setting = setting;
        this.topology = setting.topology();
        this.terminal = desk.terminal();
        this.loop = desk.loop();
        this.state = desk.state();
        this.children = new ChildGroup(loop, terminal, this);
        this.logs = new WorkerLogs(config.output().logs(), config.job(), terminal);
        this.crew = new Crew(loop);
        this.progress = new JobProgress(topology.worldSize());
        this.ending =
                new LaunchEnding(config, desk, new LaunchEnding.Parts(children, crew, logs, topology.worldSize()));
        this.commandLines = new CommandLines(config, setting.programs(), topology);
        this.coordinators = new CoordinatorKeeper(
                config.resilience().coordinators(),
                new CoordinatorKeeper.Parts(loop, terminal, children, state, commandLines),
                new RestartPauses(new SecureRandom()));
    }

    /**
     * Runs the job to its end; no process is left when it returns or throws, and all nodes know how it went.
     *
     * @return the launch's exit code
     * @throws IOException when a program cannot be started, a port cannot be bound, or the report cannot be written
     */
    int run() throws IOException, InterruptedException {
        NodeHost nodes = setting.nodes();
        if (nodes != null) {
            nodes.listen(this);
        }
        try (RequestSource.Host feed = setting.requests().serve(topology, this)) {
            startCoordinators();
            startWorkers(feed);
            watch(feed);
            LaunchEnding.Conclusion conclusion =
                    ending.conclude(client, setting.requests().workload(), feed);
            if (nodes != null) {
                nodes.over(conclusion);
            }
            return conclusion.exitCode();
        } catch (IOException e) {
            if (nodes != null) {
                nodes.over(new LaunchEnding.Conclusion(ExitCodes.FAILED, "coxswain: node 0 failed: " + e.getMessage()));
            }
            throw e;
        } finally {
            children.killTheRest();
            closeClient();
            coordinators.close();
        }
    }

    @Override
    public void onCoordinatorAddress(int number, String address) {
        coordinators.onAddress(number, address);
    }

    @Override
    public void onCoordinatorEnd(int number, WorkerEnd end) {
        crew.note(coordinators.role(number), HostName.ofThisMachine(), end);
        boolean needed = keeper == null || !crew.allEnded() || keeper.isPending();
        if (!coordinators.allServe() || (!state.isStopped() && needed)) {
            coordinators.onEnd(number, end.exitCode());
        }
    }

    @Override
    public void onWorkerStarted(ChildGroup.Seat seat, long pid) {
        crew.onStarted(seat, pid);
    }

    @Override
    public void onWorkerEnd(WorkerEnd end) {
        if (local != null && topology.share().has(end.place())) {
            local.noteEnd(end);
        }
        if (crew.onEnd(end) && keeper != null) {
            keeper.onEnd(end);
        }
    }

    @Override
    public void onNodeLeaving(RemoteNode node, int signal) {
        if (keeper != null) {
            crew.close(node.rank());
        }
        String what = node.name() + " was told to end: " + ExitCodes.describe(ExitCodes.SIGNAL_BASE + signal);
        goOnOrFail(what, new Suspect.Worker(node.share().firstPlace()));
    }

    @Override
    public void onNodeLost(RemoteNode node, String why) {
        boolean isNeeded = keeper == null || crew.runsOn(node.rank());
        if (keeper != null) {
            crew.onNodeLost(node.rank());
        }
        if (isNeeded) {
            goOnOrFail(node.name() + " is lost: " + why, new Suspect.Node(node.rank()));
        }
    }

    /** No successor can come for the ranks of a node that goes. */
    private void goOnOrFail(String what, Suspect suspect) {
        if (config.resilience().onLoss() == OnLoss.SHRINK && keeper != null) {
            terminal.news("coxswain: " + what);
        } else {
            state.fail(what, suspect);
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
        state.coordinatorsServe(loop.nanoTime());
        String addresses = coordinators.addresses();
        CoordinatorClient coordinator = CoordinatorClient.of(addresses);
        client = coordinator;
        // The first call connects, while the workers start: a rank that fails early finds the connection there.
        askStatus(loop.nanoTime());
        watchMembers(coordinator, feed);
        addNodes(new Peers(addresses, feed.address()));
        keeper = new WorkerKeeper(
                config,
                new WorkerKeeper.Parts(loop, terminal, crew, state),
                coordinator,
                new RestartPauses(new SecureRandom()));
        keeper.startAll(topology.worldSize());
        String where = topology.nodeCount() == 1 ? "" : " on " + topology.nodeCount() + " nodes";
        terminal.news(String.format(
                "coxswain: job %s: coordinator at %s, %d workers started%s",
                config.job(), addresses, topology.worldSize(), where));
    }

    private void addNodes(Peers peers) {
        LocalNode here = new LocalNode("node 0", new LocalNode.Parts(children, commandLines, logs), peers);
        local = here;
        crew.add(here, topology.share());
        if (setting.nodes() != null) {
            for (RemoteNode node : setting.nodes().nodes()) {
                node.assign(topology, peers, config.job());
                crew.add(node, node.share());
            }
        }
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
                new ProgressDisplay(terminal, setting.requests().workload().requests(), topology.worldSize());
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
        return state.isOver() || (keeper != null && crew.allEnded() && !keeper.isPending());
    }

    private void closeClient() {
        if (client != null) {
            client.close();
        }
    }
}
