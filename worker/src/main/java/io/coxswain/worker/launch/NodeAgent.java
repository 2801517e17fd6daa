package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.v1.EndWorker;
import io.coxswain.v1.JobOver;
import io.coxswain.v1.NodeAssignment;
import io.coxswain.v1.NodeDown;
import io.coxswain.v1.NodeHeartbeat;
import io.coxswain.v1.NodeLeaving;
import io.coxswain.v1.NodeUp;
import io.coxswain.v1.StartWorker;
import io.coxswain.v1.WorkerStarted;
import io.coxswain.worker.launch.rendezvous.RendezvousClient;
import io.coxswain.worker.net.Statuses;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The part of a launch that another node's launcher has: starts, ends and reports workers as node 0 says, and ends them all when that
 * is gone. All of it runs on the caller's thread, to which the stream's posts; used once.
 */
final class NodeAgent implements ChildGroup.Listener, RendezvousClient.Listener {
    /** Nothing is left to save where node 0 is gone. */
    private static final Duration LOST_GRACE = Duration.ofMillis(500);

    private static final Duration OUTPUT_LIMIT = Duration.ofMillis(100);
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private final LaunchConfig config;
    private final Programs programs;
    private final Desk desk;
    private final Topology.Reach reach;
    private final ChildGroup children;
    private final Silence silence;
    private @Nullable RendezvousClient client;
    private @Nullable LocalNode node;
    private @Nullable JobOver over;
    private @Nullable Status streamEnd;
    private boolean heard;
    private boolean silent;

    NodeAgent(LaunchConfig config, Programs programs, Desk desk, Topology.Reach reach) {
        this.config = config;
        this.programs = programs;
        this.desk = desk;
        this.reach = reach;
        this.children = new ChildGroup(desk.loop(), desk.terminal(), this);
        this.silence = new Silence(
                config.resilience().wait(CoordinatorWait.HEARTBEAT_TIMEOUT),
                desk.loop().nanoTime());
    }

    /** How a try to be in a launch has ended. */
    sealed interface Outcome {
        /** With this exit code. */
        record Ended(int exitCode) implements Outcome {}

        /** Nobody was there; it can be tried again. */
        record NobodyThere(String why) implements Outcome {}
    }

    /** Joins and stays until the job is over; no process is left when it returns or throws. */
    Outcome run(Greeting hello, Duration limit) throws InterruptedException {
        try (RendezvousClient opened = RendezvousClient.join(hello.endpoint(), hello.hello(), this);
                Beats beats = Beats.start(
                        desk.loop(), config.resilience().wait(CoordinatorWait.HEARTBEAT_INTERVAL), this::beat)) {
            client = opened;
            desk.loop().runUntil(() -> heard || isOver(), limit);
            if (heard) {
                desk.loop().runUntil(this::isOver, FOR_EVER);
            }
            return conclude();
        } finally {
            children.killTheRest();
        }
    }

    private boolean isOver() {
        return over != null
                || streamEnd != null
                || silent
                || desk.state().signal().isPresent();
    }

    private Outcome conclude() throws InterruptedException {
        if (desk.state().signal().isPresent()) {
            return new Outcome.Ended(interrupted(desk.state().signal().getAsInt()));
        }
        if (over != null) {
            return new Outcome.Ended(jobOver(over));
        }
        if (node == null) {
            return notIn();
        }
        String why = silent
                ? "nothing has been heard of it for "
                        + DurationText.format(config.resilience().wait(CoordinatorWait.HEARTBEAT_TIMEOUT))
                : Statuses.text(Objects.requireNonNullElse(streamEnd, Status.UNKNOWN));
        desk.terminal().news("coxswain: node 0 is lost, and its coordinator and feed with it: " + why);
        endWorkers(LOST_GRACE);
        return new Outcome.Ended(ExitCodes.COORDINATOR_LOST);
    }

    private Outcome notIn() {
        Status status = Objects.requireNonNullElse(streamEnd, Status.DEADLINE_EXCEEDED);
        String what = String.valueOf(status.getDescription());
        return switch (status.getCode()) {
            case INVALID_ARGUMENT -> refused(what, ExitCodes.USAGE);
            case FAILED_PRECONDITION, ABORTED -> refused(what, ExitCodes.TRY_AGAIN);
            default -> new Outcome.NobodyThere(Statuses.text(status));
        };
    }

    private Outcome refused(String why, int exitCode) {
        desk.terminal().news("coxswain: node 0 does not take this node: " + why);
        return new Outcome.Ended(exitCode);
    }

    private int interrupted(int signal) throws InterruptedException {
        int exitCode = ExitCodes.SIGNAL_BASE + signal;
        desk.terminal()
                .news("coxswain: " + ExitCodes.describe(exitCode)
                        + ": ending this node's workers; once more to kill them at once");
        send(NodeUp.newBuilder().setLeaving(NodeLeaving.newBuilder().setSignal(signal)));
        endWorkers(config.deadlines().termGrace());
        return exitCode;
    }

    private int jobOver(JobOver end) throws InterruptedException {
        endWorkers(LOST_GRACE);
        desk.terminal()
                .news(
                        end.getText().isEmpty()
                                ? "coxswain: the job is over: " + ExitCodes.describe(end.getExitCode())
                                        + "; node 0 has the report"
                                : end.getText());
        return end.getExitCode();
    }

    private void endWorkers(Duration grace) throws InterruptedException {
        children.terminateWorkers();
        desk.loop().runUntil(() -> children.allWorkersEnded() || desk.state().isInterruptedTwice(), grace);
        children.killTheRest();
    }

    private void beat() {
        send(NodeUp.newBuilder().setHeartbeat(NodeHeartbeat.getDefaultInstance()));
        silent = heard && silence.isTooLong(desk.loop().nanoTime());
    }

    private void send(NodeUp.Builder message) {
        if (client != null) {
            client.send(message.build());
        }
    }

    @Override
    public void onMessage(NodeDown message) {
        desk.loop().post(() -> {
            heard = true;
            silence.heard(desk.loop().nanoTime());
            handle(message);
        });
    }

    @Override
    public void onEnd(Status status) {
        desk.loop().post(() -> streamEnd = status);
    }

    private void handle(NodeDown message) {
        switch (message.getMessageCase()) {
            case GATHERING ->
                desk.terminal().news("coxswain: " + message.getGathering().getText());
            case ASSIGNMENT -> onAssignment(message.getAssignment());
            case START -> start(message.getStart());
            case END -> end(message.getEnd());
            case OVER -> over = message.getOver();
            case HEARTBEAT, MESSAGE_NOT_SET -> {
                // That it was heard is noted.
            }
        }
    }

    private void onAssignment(NodeAssignment assignment) {
        Topology topology = new Topology(
                new Topology.Share(
                        assignment.getNodeRank(),
                        assignment.getFirstPlace(),
                        config.nodes().localWorkers()),
                assignment.getNodeCount(),
                assignment.getWorldSize(),
                new Topology.Master(assignment.getMasterAddress(), assignment.getMasterPort()),
                reach);
        LaunchConfig named = config.named(assignment.getRunId());
        node = new LocalNode(
                "node " + assignment.getNodeRank(),
                new LocalNode.Parts(
                        children,
                        new CommandLines(named, programs, topology),
                        new WorkerLogs(named.output().logs(), named.job(), desk.terminal())),
                new CommandLines.Peers(assignment.getCoordinator(), assignment.getFeed()));
        desk.terminal()
                .news(String.format(
                        "coxswain: job %s: this is node %d of %d, with ranks %d to %d of %d; coordinator at %s",
                        named.job(),
                        assignment.getNodeRank(),
                        assignment.getNodeCount(),
                        assignment.getFirstPlace(),
                        assignment.getFirstPlace() + config.nodes().localWorkers() - 1,
                        assignment.getWorldSize(),
                        assignment.getCoordinator()));
    }

    private void start(StartWorker message) {
        ChildGroup.Seat seat = new ChildGroup.Seat(message.getPlace(), message.getAttempt());
        try {
            Objects.requireNonNull(node, "node 0 starts a worker before it has assigned places")
                    .start(seat);
        } catch (IOException e) {
            report(
                    new WorkerEnd(seat, 0, ExitCodes.FAILED, ChildProcess.Cause.ITSELF, WorkerEnd.Tail.NONE),
                    List.of("it cannot be started: " + e.getMessage()));
        }
    }

    private void end(EndWorker message) {
        switch (message.getHow()) {
            case HOW_TERMINATE -> children.terminateWorkers();
            case HOW_KILL -> {
                if (message.hasPlace()) {
                    children.killWorker(message.getPlace());
                } else {
                    children.killWorkers();
                }
            }
            case HOW_UNSPECIFIED, UNRECOGNIZED ->
                desk.terminal().news("coxswain: node 0 wants workers ended in a way that is not known here");
        }
    }

    @Override
    public void onWorkerStarted(ChildGroup.Seat seat, long pid) {
        send(NodeUp.newBuilder()
                .setStarted(WorkerStarted.newBuilder()
                        .setPlace(seat.place())
                        .setAttempt(seat.attempt())
                        .setPid((int) pid)));
    }

    @Override
    public void onWorkerEnd(WorkerEnd end) {
        Objects.requireNonNull(node, "a worker that nobody has started").noteEnd(end);
        report(end, end.tail().lines(OUTPUT_LIMIT));
    }

    private void report(WorkerEnd end, List<String> lines) {
        send(NodeUp.newBuilder().setEnded(NodeMessages.ended(end, lines)));
    }

    @Override
    public void onCoordinatorAddress(int number, String address) {
        throw new IllegalStateException("node 0 alone has coordinators");
    }

    @Override
    public void onCoordinatorEnd(int number, WorkerEnd end) {
        throw new IllegalStateException("node 0 alone has coordinators");
    }
}
