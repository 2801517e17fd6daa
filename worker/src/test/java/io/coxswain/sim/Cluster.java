package io.coxswain.sim;

import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.TermId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The coordinators of a job, of which one leads, and the store that counts their terms. */
final class Cluster {

    private static final long EXIT_AFTER_END = 2 * Times.SECOND;
    private static final long LEAST_TAKEOVER = 300 * Times.MILLI;
    private static final int TAKEOVER_SPREAD_MILLIS = 3000;
    /** Longer than a worker stays in its epoch without a coordinator. */
    private static final int SLOW_TAKEOVER_SPREAD_MILLIS = 20_000;

    private final Simulation world;
    private final List<SimCoordinator> alive = new ArrayList<>();
    private @Nullable SimCoordinator leader;
    private long lastTerm;
    private long lastId = 0xc0;
    private boolean electing;

    Cluster(Simulation world) {
        this.world = world;
    }

    void start() {
        lead(nextTerm());
    }

    private TermId nextTerm() {
        lastTerm++;
        return new TermId(lastTerm, lastId++);
    }

    private void lead(TermId term) {
        SimCoordinator next = new SimCoordinator(world, term);
        world.history().change(() -> next + " leads");
        alive.add(next);
        leader = next;
        electing = false;
    }

    /** Who leads, by the store; null while nobody does. */
    @Nullable
    SimCoordinator leader() {
        return leader;
    }

    /** A coordinator that a worker may try; the leader first. */
    @Nullable
    SimCoordinator reachable(int tries) {
        int count = alive.size();
        return count == 0 ? null : alive.get(count - 1 - Math.floorMod(tries, count));
    }

    /** The leader is killed, and another takes over. */
    void killLeader() {
        SimCoordinator old = leader;
        if (old != null) {
            world.history().change(() -> old + " is killed");
            exit(old, "killed");
            electLater(0);
        }
    }

    /** Another takes over, and the old leader learns of it later. */
    void usurp(long oldExitsAfterNanos) {
        SimCoordinator old = leader;
        if (old == null || electing) {
            return;
        }
        electLater(0);
        world.events().at(world.events().now() + oldExitsAfterNanos, () -> exit(old, "the store has another leader"));
    }

    /** The store forgets which terms there were, and another takes over. */
    void forgetTerm(int forgottenTerms) {
        SimCoordinator old = leader;
        if (old != null) {
            world.history().change(() -> old + " is killed, and the store forgets its term");
            exit(old, "killed");
            lastTerm = Math.max(0, lastTerm - forgottenTerms);
            electLater(0);
        }
    }

    private void electLater(long aboveTerm) {
        if (electing || world.isOver()) {
            return;
        }
        electing = true;
        boolean quick = world.random().nextInt(6) > 0;
        int spreadMillis = quick ? TAKEOVER_SPREAD_MILLIS : SLOW_TAKEOVER_SPREAD_MILLIS;
        long after = LEAST_TAKEOVER + world.random().nextInt(spreadMillis) * Times.MILLI;
        world.events().at(world.events().now() + after, () -> {
            lastTerm = Math.max(lastTerm, aboveTerm);
            if (!world.isOver()) {
                lead(nextTerm());
            }
        });
    }

    private void exit(SimCoordinator coordinator, String why) {
        if (coordinator.isAlive()) {
            world.history().change(() -> coordinator + " ends: " + why);
            coordinator.end(why);
        }
        alive.remove(coordinator);
        if (leader == coordinator) {
            leader = null;
        }
    }

    void membersChanged(SimCoordinator by) {
        if (by == leader) {
            world.feed().later(Times.MILLI, () -> world.feed().membersChanged(by.members()));
            world.launcher().membersChanged(by.members());
        }
    }

    /** A coordinator's group has come to an end; the job's end is that of the leader's. */
    void ended(SimCoordinator coordinator, String reason) {
        GroupState state = coordinator.state();
        boolean isLeader = coordinator == leader;
        world.events().at(world.events().now() + EXIT_AFTER_END, () -> exit(coordinator, "its group has ended"));
        switch (state) {
            case STOPPED -> world.ended(state, reason);
            case FAILED -> {
                if (isLeader) {
                    world.ended(state, reason);
                }
            }
            case DEPOSED -> {
                if (isLeader) {
                    leader = null;
                    electLater(world.launcher().highestPromise());
                }
            }
            case JOINING, REATTACHING, PREPARING, RUNNING, ABORTING, WAITING ->
                throw new IllegalStateException(state + " is no end");
        }
    }
}
