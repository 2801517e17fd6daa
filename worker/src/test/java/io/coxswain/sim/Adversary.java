package io.coxswain.sim;

import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.Link;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Does to the job what the scenario says. */
final class Adversary {

    private static final Link NOBODY = new Link() {};
    private static final int LONGEST_NOTICE_MILLIS = 120;

    private final Simulation world;
    private final List<Fault> faults;
    private final ReplicaFaults replicaFaults;
    private final Map<FaultKind, Integer> done = new EnumMap<>(FaultKind.class);
    private int next;
    private long lastNanos;

    Adversary(Simulation world) {
        this.world = world;
        this.faults = world.scenario().faults();
        this.replicaFaults = new ReplicaFaults(world);
    }

    /** So many steps were decided by now. */
    void decided(int steps) {
        while (next < faults.size() && faults.get(next).step() <= steps) {
            Fault fault = faults.get(next++);
            world.events().at(world.events().now() + fault.offsetMicros() * Times.MICRO, () -> happen(fault));
        }
    }

    /** How often each kind has happened. */
    Map<FaultKind, Integer> done() {
        return done;
    }

    /** When the last fault happened, or was over. */
    long lastNanos() {
        return lastNanos;
    }

    private void happen(Fault fault) {
        if (world.isOver()) {
            return;
        }
        world.history().change(() -> "*** " + fault.kind().text() + ": place " + fault.place());
        long now = world.events().now();
        if (disturb(fault)) {
            done.merge(fault.kind(), 1, Integer::sum);
            lastNanos = Math.max(lastNanos, now + fault.micros() * Times.MICRO);
        }
    }

    /** Whether there was something to disturb. */
    private boolean disturb(Fault fault) {
        return switch (fault.kind()) {
            case FREEZE_COORDINATOR,
                    KILL_COORDINATOR,
                    LOSE_COORDINATOR_HOST,
                    SPLIT_COORDINATORS,
                    FREEZE_OLD_COORDINATOR,
                    TAKE_OVER_IN_DELAY,
                    FORGET_TERM,
                    LOSE_LEASE,
                    STORE_TROUBLE,
                    HAND_OVER,
                    KILL_STANDBY,
                    FREEZE_STANDBY,
                    LEAVE_LEADER_ALONE,
                    KILL_REPLICAS -> replicaFaults.disturb(fault);
            default -> {
                SimWorker worker = world.launcher().worker(fault.place());
                yield worker.isAlive() && disturbWorker(fault, worker);
            }
        };
    }

    private void freeze(SimProcess process, long nanos) {
        process.freeze();
        world.events().at(world.events().now() + nanos, process::thaw);
    }

    private boolean disturbWorker(Fault fault, SimWorker worker) {
        long now = world.events().now();
        long nanos = fault.micros() * Times.MICRO;
        return switch (fault.kind()) {
            case DELAY_SPIKE -> {
                world.network().slowDown(fault.place(), nanos / 8, now + nanos);
                yield true;
            }
            case PARTITION -> {
                world.network().cut(fault.place(), now + nanos);
                yield true;
            }
            case FREEZE_WORKER -> {
                freeze(worker, nanos);
                yield true;
            }
            case KILL_WORKER -> {
                worker.exit("killed by signal 9");
                yield true;
            }
            case SUPPLANT_WORKER -> {
                freeze(worker, nanos);
                world.launcher().supplant(worker);
                yield true;
            }
            case LOSE_HOST -> {
                worker.loseHost();
                yield true;
            }
            case BREAK_CONTROL, BREAK_CONTROL_SILENTLY, BREAK_STEP, BREAK_FEED -> breakStream(fault, worker);
            case FAIL_COLLECTIVE, CUT_LINK, FAIL_PREPARATION -> disturbCollective(fault, worker);
            default -> !worker.isFrozen() && ask(fault, worker);
        };
    }

    private boolean ask(Fault fault, SimWorker worker) {
        switch (fault.kind()) {
            case REPEAT_REPORT -> {
                return worker.steps().repeatReport();
            }
            case REOPEN_STEP -> {
                return worker.steps().reopen();
            }
            case CONTRADICT -> {
                return worker.steps().contradict();
            }
            case DRAIN_WISH -> {
                worker.control().wishDrain();
                return true;
            }
            case DRAIN_REQUEST -> {
                return requestDrain(fault);
            }
            default -> throw new IllegalStateException(fault.kind() + " is no fault of a worker");
        }
    }

    private boolean requestDrain(Fault fault) {
        SimCoordinator leader = world.cluster().leader();
        if (leader == null) {
            return false;
        }
        leader.later(
                Times.MILLI, () -> leader.handle(new Input.DrainRequested(NOBODY, fault.place(), "somebody asked")));
        return true;
    }

    private boolean breakStream(Fault fault, SimWorker worker) {
        Stream stream = switch (fault.kind()) {
            case BREAK_CONTROL, BREAK_CONTROL_SILENTLY -> worker.control().stream();
            case BREAK_STEP -> worker.steps().stream();
            default -> worker.feed().stream();
        };
        if (stream == null) {
            return false;
        }
        if (fault.kind() == FaultKind.BREAK_CONTROL_SILENTLY) {
            stream.silence();
        } else {
            stream.breakDown(notice(), notice());
        }
        return true;
    }

    private long notice() {
        return world.random().nextInt(LONGEST_NOTICE_MILLIS) * Times.MILLI;
    }

    private boolean disturbCollective(Fault fault, SimWorker worker) {
        if (fault.kind() == FaultKind.FAIL_PREPARATION) {
            worker.epochs().failNextPreparation();
            return true;
        }
        SimEpoch epoch = worker.epochs().current();
        Collective collective = epoch == null || !epoch.isRunning() ? null : epoch.collective();
        if (collective == null) {
            return false;
        }
        if (fault.kind() == FaultKind.CUT_LINK) {
            collective.cut();
        } else {
            collective.fail();
        }
        return true;
    }
}
