package io.coxswain.sim;

import io.coxswain.coordinator.election.ElectionInput;
import java.util.List;

/** Does to the coordinator's replicas, and to their store, what the scenario says. */
final class ReplicaFaults {

    /** Late enough for another to lead by then. */
    private static final long TAKEOVER = 6 * Times.SECOND;

    private static final int MOST_NOTICE_MILLIS = 5000;
    private static final int LEAST_DROP_MILLIS = 5000;
    private static final int DROP_SPREAD_MILLIS = 10_000;
    private static final int LEAST_MERGE_MILLIS = 1000;
    private static final int MERGE_SPREAD_MILLIS = 4000;
    private static final int MOST_FORGOTTEN_TERMS = 3;

    private final Simulation world;

    ReplicaFaults(Simulation world) {
        this.world = world;
    }

    /** Whether there was something to disturb. */
    boolean disturb(Fault fault) {
        SimCoordinator leader = world.cluster().leader();
        if (leader == null || !leader.replica().isAlive()) {
            return false;
        }
        long nanos = fault.micros() * Times.MICRO;
        return switch (fault.kind()) {
            case SPLIT_COORDINATORS -> split(fault, leader);
            case KILL_STANDBY, FREEZE_STANDBY -> disturbStandby(fault, leader.replica());
            case FREEZE_COORDINATOR -> freeze(leader.replica(), nanos);
            case FREEZE_OLD_COORDINATOR -> freeze(leader.replica(), TAKEOVER + nanos);
            default -> {
                disturbLeader(fault, leader);
                yield true;
            }
        };
    }

    private void disturbLeader(Fault fault, SimCoordinator leader) {
        long nanos = fault.micros() * Times.MICRO;
        SimStore store = world.cluster().store();
        switch (fault.kind()) {
            case KILL_COORDINATOR -> world.cluster().kill(leader.replica());
            case LOSE_COORDINATOR_HOST ->
                world.cluster().lose(leader.replica(), millis(LEAST_DROP_MILLIS, DROP_SPREAD_MILLIS));
            case FORGET_TERM -> {
                world.cluster().kill(leader.replica());
                store.forgetTerms(forgottenTerms(fault));
            }
            case LOSE_LEASE -> store.forgetTerms(forgottenTerms(fault));
            case STORE_TROUBLE -> store.trouble(nanos);
            case HAND_OVER -> leader.replica().take(() -> leader.replica().handle(new ElectionInput.StopAsked()));
            case TAKE_OVER_IN_DELAY -> takeOverInDelay(nanos, leader);
            case LEAVE_LEADER_ALONE -> killAllBut(leader.replica());
            case KILL_REPLICAS -> {
                killAllBut(leader.replica());
                world.cluster().kill(leader.replica());
                world.cluster().delayStarts(2 * nanos);
            }
            default -> throw new IllegalStateException(fault.kind() + " is no fault of a leader");
        }
    }

    private static int forgottenTerms(Fault fault) {
        return 1 + (int) (fault.micros() % MOST_FORGOTTEN_TERMS);
    }

    private void killAllBut(SimReplica leader) {
        for (SimReplica replica : List.copyOf(world.cluster().replicas())) {
            if (!replica.equals(leader)) {
                world.cluster().kill(replica);
            }
        }
    }

    /** The leader's connections break without its end: the others take it for gone, and it learns of them only later. */
    private void takeOverInDelay(long nanos, SimCoordinator leader) {
        SimStore store = world.cluster().store();
        store.members().tellGone(store.members().copyOf(leader.replica()), leader.replica());
        store.silence(leader.replica(), TAKEOVER);
        long until = world.events().now() + TAKEOVER + nanos;
        for (int place = 0; place < world.scenario().places(); place++) {
            world.network().slowDown(place, nanos / 20, until);
        }
    }

    /** The leader loses the other replicas, and some of the workers; it goes on with the rest of them. */
    private boolean split(Fault fault, SimCoordinator leader) {
        StoreMembers members = world.cluster().store().members();
        if (members.isSplit() || members.copyOf(leader.replica()).members.size() < 2) {
            return false;
        }
        long until = world.events().now() + TAKEOVER + fault.micros() * Times.MICRO;
        members.split(leader.replica(), millis(0, MOST_NOTICE_MILLIS));
        world.events().at(until, members::merge);
        for (int place = 0; place <= fault.place(); place++) {
            world.network().cut(place, leader, until);
        }
        return true;
    }

    private boolean disturbStandby(Fault fault, SimReplica leader) {
        for (SimReplica replica : world.cluster().replicas()) {
            if (!replica.equals(leader)) {
                if (fault.kind() == FaultKind.KILL_STANDBY) {
                    world.cluster().kill(replica);
                    return true;
                }
                return freeze(replica, fault.micros() * Times.MICRO);
            }
        }
        return false;
    }

    /** Whoever stands still for long is dropped by the others, and comes back some time after it goes on. */
    private boolean freeze(SimReplica replica, long nanos) {
        if (replica.isFrozen()) {
            return false;
        }
        StoreMembers members = world.cluster().store().members();
        replica.freezeAll();
        long goesOn = world.events().now() + nanos;
        long dropped = world.events().now() + millis(LEAST_DROP_MILLIS, DROP_SPREAD_MILLIS);
        world.events().at(goesOn, replica::thawAll);
        if (dropped < goesOn) {
            world.events().at(dropped, () -> {
                if (replica.isAlive()
                        && !members.isSplit()
                        && members.copyOf(replica).members.size() > 1) {
                    members.split(replica, 0);
                    world.events().at(goesOn + millis(LEAST_MERGE_MILLIS, MERGE_SPREAD_MILLIS), members::merge);
                }
            });
        }
        return true;
    }

    private long millis(int least, int spread) {
        return (least + world.cluster().store().random().nextInt(spread)) * Times.MILLI;
    }
}
