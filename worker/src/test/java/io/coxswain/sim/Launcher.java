package io.coxswain.sim;

import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.MemberId;
import io.coxswain.coordinator.core.RestartVerdict;
import io.coxswain.sim.SimWorker.Predecessor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Starts the workers of all places, and starts them again as the coordinator says. It never fails itself. */
final class Launcher {

    private static final long ASK_AGAIN = Times.SECOND;
    private static final long TELL_AGAIN = 5 * Times.SECOND;
    private static final long FENCED_GRACE = 2 * Times.SECOND;
    private static final long BACKOFF = 100 * Times.MILLI;
    private static final long LONGEST_BACKOFF = 10 * Times.SECOND;
    private static final long LEAST_HOST_LOSS = 3 * Times.SECOND;
    private static final long LEAST_ABSENCE = 2 * Times.SECOND;
    private static final int ABSENCE_SPREAD_MILLIS = 8000;
    private static final int LONGEST_START_MILLIS = 900;
    private static final int MOST_BACKOFF_DOUBLINGS = 7;

    private final Simulation world;
    private final List<SimWorker> current = new ArrayList<>();
    private final List<SimWorker> supplanted = new ArrayList<>();
    private final Set<Exit> unanswered = new HashSet<>();
    private long lastMember = 1;

    /** The end of a worker's process, until the coordinator has said what follows. */
    record Exit(int place, int attempt, String how) implements Link {}

    Launcher(Simulation world) {
        this.world = world;
    }

    void start() {
        for (int place = 0; place < world.scenario().places(); place++) {
            current.add(newWorker(place, 0, Predecessor.NEVER_WAS));
            startSoon(current.get(place));
        }
    }

    private SimWorker newWorker(int place, int attempt, Predecessor predecessor) {
        return new SimWorker(world, place, new MemberId(lastMember++, attempt), predecessor);
    }

    private void replaceBy(SimWorker next) {
        current.set(next.place(), next);
        startSoon(next);
    }

    /** Starts the successor of a worker that is still there. */
    void supplant(SimWorker worker) {
        supplanted.add(worker);
        replaceBy(newWorker(worker.place(), worker.member().attempt() + 1, Predecessor.UNKNOWN));
    }

    private void startSoon(SimWorker worker) {
        worker.later((1 + world.random().nextInt(LONGEST_START_MILLIS)) * Times.MILLI, () -> {
            world.history().change(() -> worker + " starts");
            worker.start();
        });
    }

    /** The place's latest process. */
    SimWorker worker(int place) {
        return current.get(place);
    }

    List<SimWorker> workers() {
        return current;
    }

    long highestPromise() {
        long highest = 0;
        for (SimWorker worker : current) {
            highest = Math.max(highest, worker.control().promised().number());
        }
        return highest;
    }

    boolean allEnded() {
        return current.stream().noneMatch(SimWorker::isAlive)
                && supplanted.stream().noneMatch(SimWorker::isAlive);
    }

    /** A process has ended: the coordinator is asked what follows, until it answers. */
    void ended(SimWorker worker, String how) {
        ask(new Exit(worker.place(), worker.member().attempt(), how));
    }

    /** A host is gone, which somebody has to find out. */
    void vanished(SimWorker worker) {
        long after = LEAST_HOST_LOSS + world.random().nextInt(ABSENCE_SPREAD_MILLIS) * Times.MILLI;
        Exit exit = new Exit(worker.place(), worker.member().attempt(), "its host is gone");
        world.events().at(world.events().now() + after, () -> ask(exit));
    }

    /** Says that a process, and all before it in its place, have ended; not before that is so. */
    private void ask(Exit exit) {
        unanswered.add(exit);
        tryToAsk(exit);
    }

    private boolean allBeforeHaveEnded(int place, int attempt) {
        return supplanted.stream()
                .noneMatch(worker -> worker.isAlive()
                        && worker.place() == place
                        && worker.member().attempt() < attempt);
    }

    private void tryToAsk(Exit exit) {
        if (world.isOver() || !unanswered.contains(exit)) {
            return;
        }
        SimCoordinator leader = world.cluster().leader();
        if (leader != null && allBeforeHaveEnded(exit.place(), exit.attempt())) {
            long delay = (1 + world.random().nextInt(5)) * Times.MILLI;
            leader.later(
                    delay, () -> leader.handle(new Input.MemberExited(exit, exit.place(), exit.attempt(), exit.how())));
        }
        world.events().at(world.events().now() + ASK_AGAIN, () -> tryToAsk(exit));
    }

    void answered(Exit exit, RestartVerdict verdict) {
        if (!unanswered.remove(exit)) {
            return;
        }
        world.history()
                .change(() -> "the launcher hears of place " + exit.place() + "#" + exit.attempt() + ": "
                        + verdict.kind() + ", " + verdict.reason());
        tellAgain(exit);
        switch (verdict.kind()) {
            case GRANTED -> startAfter(exit, verdict.nextAttempt(), backoff(verdict.fruitlessRestarts()));
            case NOT_WANTED -> startAfter(exit, exit.attempt() + 1, absence());
            case REFUSED -> {}
        }
    }

    /** A coordinator that comes later has to know as well that the predecessor of a worker has ended. */
    private void tellAgain(Exit exit) {
        SimWorker successor = current.get(exit.place());
        if (successor.isAlive() && successor.member().attempt() == exit.attempt() + 1) {
            world.events().at(world.events().now() + TELL_AGAIN, () -> ask(exit));
        }
    }

    private static long backoff(int fruitless) {
        return Math.min(LONGEST_BACKOFF, BACKOFF << Math.min(fruitless, MOST_BACKOFF_DOUBLINGS));
    }

    /** Whoever had a worker leave has it come back after a while. */
    private long absence() {
        return LEAST_ABSENCE + world.random().nextInt(ABSENCE_SPREAD_MILLIS) * Times.MILLI;
    }

    private void startAfter(Exit exit, int attempt, long nanos) {
        world.events().at(world.events().now() + nanos, () -> {
            SimWorker before = current.get(exit.place());
            if (!world.isOver() && !before.isAlive() && before.member().attempt() < attempt) {
                replaceBy(newWorker(exit.place(), attempt, Predecessor.HAS_ENDED));
            }
        });
    }

    /** A process that is not counted on any more is ended, if it does not end by itself. */
    void membersChanged(List<PlaceMember> members) {
        for (PlaceMember member : members) {
            SimWorker worker = current.get(member.place());
            if (!member.isLive() && worker.isAlive() && worker.member().equals(member.member())) {
                world.events().at(world.events().now() + FENCED_GRACE, () -> worker.exit("killed, it is fenced"));
            }
        }
    }
}
