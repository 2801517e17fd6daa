package io.coxswain.worker.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * The workers of all nodes, by place, of each the latest; and how the job's processes have ended. Owned by the launcher's thread, on
 * node 0.
 */
final class Crew {
    /** The kernel needs this at most to end a killed process, and the word of it to come from another node. */
    private static final Duration KILL_LIMIT = Duration.ofSeconds(2);

    private final EventLoop loop;
    private final List<Part> parts = new ArrayList<>();
    private final SortedMap<Integer, Hand> hands = new TreeMap<>();
    /** By name, the first first. */
    private final Map<String, Ended> ends = new LinkedHashMap<>();

    /** A node and the places of its workers. */
    private static final class Part {
        private final Node node;
        private final Topology.Share share;
        private boolean takesWorkers = true;

        Part(Node node, Topology.Share share) {
            this.node = node;
            this.share = share;
        }
    }

    /** The latest worker of a place. */
    private static final class Hand {
        private final ChildGroup.Seat seat;
        private final Part part;
        private long pid;
        private boolean running = true;

        Hand(ChildGroup.Seat seat, Part part) {
            this.seat = seat;
            this.part = part;
        }
    }

    /**
     * The end of a process, or of what is known of it.
     *
     * @param host where it ran
     */
    record Ended(FailureReport.Role role, String host, WorkerEnd end) {}

    Crew(EventLoop loop) {
        this.loop = loop;
    }

    void add(Node node, Topology.Share share) {
        parts.add(new Part(node, share));
    }

    private Part partOf(int place) {
        return parts.stream()
                .filter(part -> part.share.has(place))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no node has place " + place));
    }

    /** The name of the node that has a place. */
    String nodeOf(int place) {
        return partOf(place).node.name();
    }

    /** Whether a place's node can start another. */
    boolean takesWorkers(int place) {
        return partOf(place).takesWorkers;
    }

    /**
     * Starts a worker; its predecessor, whose end was heard of, is forgotten.
     *
     * @throws IOException when it cannot be started here
     */
    void start(ChildGroup.Seat seat) throws IOException {
        Part part = partOf(seat.place());
        ends.remove(FailureReport.Role.ofRank(seat.place()).name());
        hands.put(seat.place(), new Hand(seat, part));
        part.node.start(seat);
    }

    void onStarted(ChildGroup.Seat seat, long pid) {
        Hand hand = hands.get(seat.place());
        if (hand != null && hand.seat.equals(seat)) {
            hand.pid = pid;
        }
    }

    /** Notes the end of a worker; false: it was known already, or is of one before the latest. */
    boolean onEnd(WorkerEnd end) {
        Hand hand = hands.get(end.place());
        if (hand == null || !hand.running || !hand.seat.equals(end.seat())) {
            return false;
        }
        hand.running = false;
        note(FailureReport.Role.ofRank(end.place()), hand.part.node.host(), end);
        return true;
    }

    /** Notes the end of a coordinator. */
    void note(FailureReport.Role role, String host, WorkerEnd end) {
        ends.remove(role.name());
        ends.put(role.name(), new Ended(role, host, end));
    }

    /** A coordinator is started again: that it has ended before says nothing any more. */
    void forget(FailureReport.Role role) {
        ends.remove(role.name());
    }

    /** A node takes no more workers. */
    void close(int nodeRank) {
        parts.get(nodeRank).takesWorkers = false;
    }

    /**
     * A node is lost: its workers count as ended, though nobody has seen it.
     *
     * @return those that ran
     */
    List<WorkerEnd> onNodeLost(int nodeRank) {
        close(nodeRank);
        Part part = parts.get(nodeRank);
        List<WorkerEnd> lost = hands.values().stream()
                .filter(hand -> hand.part == part && hand.running)
                .map(hand -> new WorkerEnd(
                        hand.seat, hand.pid, ExitCodes.RANK_LOST, ChildProcess.Cause.NODE_LOST, WorkerEnd.Tail.NONE))
                .toList();
        lost.forEach(this::onEnd);
        return lost;
    }

    /** Whether a node has a worker that is not known to have ended. */
    boolean runsOn(int nodeRank) {
        Part part = parts.get(nodeRank);
        return hands.values().stream().anyMatch(hand -> hand.part == part && hand.running);
    }

    boolean isRunning(int place) {
        Hand hand = hands.get(place);
        return hand != null && hand.running;
    }

    void kill(int place) {
        Objects.requireNonNull(hands.get(place), "no worker was started for place " + place)
                .part
                .node
                .kill(place);
    }

    boolean allEnded() {
        return hands.values().stream().noneMatch(hand -> hand.running);
    }

    /** Those that have ended, the first first. */
    List<Ended> endsInOrder() {
        return List.copyOf(ends.values());
    }

    /** How a process has ended; empty: it runs. */
    Optional<Ended> endOf(FailureReport.Role role) {
        return Optional.ofNullable(ends.get(role.name()));
    }

    /**
     * TERM to all workers, and KILL to those that are left after the grace or as soon as {@code impatient} says so. Returns when none
     * is left, or is not heard of.
     */
    void end(Duration grace, BooleanSupplier impatient) throws InterruptedException {
        parts.forEach(part -> part.node.terminateAll());
        loop.runUntil(() -> allEnded() || impatient.getAsBoolean(), grace);
        if (!allEnded()) {
            parts.forEach(part -> part.node.killAll());
            loop.runUntil(this::allEnded, KILL_LIMIT);
        }
    }
}
