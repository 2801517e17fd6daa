package io.coxswain.sim;

import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.election.ElectionInput;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The replicas of a job's coordinator, and the coordinators that they host: more than one at a time, in bad times. */
final class Cluster {

    private static final long EXIT_AFTER_END = 2 * Times.SECOND;
    private static final int START_MICROS = 3000;
    private static final long LEAST_ABSENCE = 300 * Times.MILLI;
    private static final int ABSENCE_SPREAD_MILLIS = 6000;
    private static final long FIRST_ID = 0xc0;

    private final Simulation world;
    private final SimStore store;
    private final List<SimReplica> replicas = new ArrayList<>();
    /** In the order of their terms: of two at once the later one counts. */
    private final List<SimCoordinator> alive = new ArrayList<>();

    private long nextId = FIRST_ID;
    private long noStartBeforeNanos;
    private int takeovers;

    Cluster(Simulation world, SplittableRandom random) {
        this.world = world;
        this.store = new SimStore(world, random);
    }

    void start() {
        for (int replica = 0; replica < world.scenario().replicas(); replica++) {
            startAfter(store.random().nextInt(START_MICROS) * Times.MICRO);
        }
    }

    /** A replica's process is started after a while, and is a new one to all. */
    private void startAfter(long nanos) {
        SimReplica next = new SimReplica(world, store, nextId++);
        replicas.add(next);
        next.later(nanos, () -> startUnlessDelayed(next));
    }

    private void startUnlessDelayed(SimReplica next) {
        long delay = noStartBeforeNanos - world.events().now();
        if (delay > 0) {
            next.later(delay, () -> startUnlessDelayed(next));
        } else if (!world.isOver()) {
            next.start();
        }
    }

    SimStore store() {
        return store;
    }

    List<SimReplica> replicas() {
        return replicas;
    }

    /** A replica leads from now on. */
    SimCoordinator lead(SimReplica replica, TermId term) {
        SimCoordinator next = new SimCoordinator(world, replica, term);
        takeovers++;
        world.tally().happened(takeovers == 1 ? Occurrence.FIRST_REIGN : Occurrence.REIGN);
        if (!alive.isEmpty()) {
            world.tally().happened(Occurrence.TWO_LEADERS);
        }
        world.history().change(() -> next + " leads");
        alive.add(next);
        return next;
    }

    /** Who leads: of several the latest; null while nobody does. */
    @Nullable
    SimCoordinator leader() {
        return alive.isEmpty() ? null : alive.get(alive.size() - 1);
    }

    /** A coordinator that a worker may try; the leader first. */
    @Nullable
    SimCoordinator reachable(int tries) {
        int count = alive.size();
        return count == 0 ? null : alive.get(count - 1 - Math.floorMod(tries, count));
    }

    /** A replica's process is killed, and started again after a while. */
    void kill(SimReplica replica) {
        replica.exit("killed");
        replace(replica);
    }

    /** A replica vanishes with its host, and the others miss it only later. */
    void lose(SimReplica replica, long missedAfterNanos) {
        replicas.remove(replica);
        SimCoordinator hosted = replica.vanishAll();
        if (hosted != null) {
            alive.remove(hosted);
        }
        world.events().at(world.events().now() + missedAfterNanos, () -> {
            store.members().leave(replica);
            startAfter(absence());
        });
    }

    /** Whoever is to start will do so no sooner than after this. */
    void delayStarts(long nanos) {
        noStartBeforeNanos = world.events().now() + nanos;
    }

    /** A replica has stopped as it was told to, and is started again after a while. */
    void left(SimReplica replica) {
        replica.exit("stopped");
        replace(replica);
    }

    private void replace(SimReplica replica) {
        replicas.remove(replica);
        store.members().leave(replica);
        startAfter(absence());
    }

    private long absence() {
        return LEAST_ABSENCE + store.random().nextInt(ABSENCE_SPREAD_MILLIS) * Times.MILLI;
    }

    /** A coordinator ends, with its process or without. */
    void exit(SimCoordinator coordinator, String why) {
        if (coordinator.isAlive()) {
            world.history().change(() -> coordinator + " ends: " + why);
            coordinator.end(why);
        }
        alive.remove(coordinator);
    }

    void membersChanged(SimCoordinator by) {
        if (by == leader()) {
            world.feed().later(Times.MILLI, () -> world.feed().membersChanged(by.members()));
            world.launcher().membersChanged(by.members());
        }
    }

    /** A coordinator's group has come to an end; the job's end is that of the leader's. */
    void ended(SimCoordinator coordinator, String reason) {
        GroupState state = coordinator.state();
        switch (state) {
            case STOPPED -> jobEnded(coordinator, reason);
            case FAILED -> {
                if (coordinator == leader()) {
                    jobEnded(coordinator, reason);
                } else {
                    depose(coordinator, EXIT_AFTER_END, reason);
                }
            }
            case DEPOSED -> {
                world.tally().happened(Occurrence.DEPOSED);
                depose(coordinator, 0, reason);
            }
            case JOINING, REATTACHING, PREPARING, RUNNING, ABORTING, WAITING ->
                throw new IllegalStateException(state + " is no end");
        }
    }

    private static void depose(SimCoordinator coordinator, long afterNanos, String reason) {
        SimReplica replica = coordinator.replica();
        replica.later(afterNanos, () -> replica.handle(new ElectionInput.Deposed(coordinator.term(), reason)));
    }

    private void jobEnded(SimCoordinator coordinator, String reason) {
        world.events().at(world.events().now() + EXIT_AFTER_END, () -> exit(coordinator, "its group has ended"));
        world.ended(coordinator.state(), reason);
        for (SimReplica replica : replicas) {
            replica.later(Times.MILLI, () -> replica.handle(new ElectionInput.JobEnded()));
        }
    }
}
