package io.coxswain.sim;

import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.DecisionSettings;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.JobSettings;
import io.coxswain.coordinator.core.OnLoss;
import io.coxswain.coordinator.core.Reducer;
import io.coxswain.coordinator.core.VoteDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One job from its start to its end, in virtual time. */
final class Simulation {

    private static final long AUDIT = 10 * Times.SECOND;
    private static final DecisionSettings DECISION = DecisionSettings.builder()
            .captureSizes(List.of(1, 2, 4, 8, 16, 64))
            .maxRequests(WorkerBatch.MAX_REQUESTS)
            .votes(List.of(new VoteDefinition(VoteDefinition.FINISHED, Reducer.ALL)))
            .build();

    /** The replicas draw from a source of their own, which leaves the workers' stories as they are. */
    private static final long REPLICAS = 0x5eed_1ea5eL;

    private final Scenario scenario;
    private final SplittableRandom random;
    private final Events events = new Events();
    private final DecisionCodec codec = new DecisionCodec();
    private final Invariants invariants;
    private final Map<EpochId, Collective> collectives = new HashMap<>();
    private final JobSettings settings;
    private final Network network;
    private final History history;
    private final Cluster cluster;
    private final Launcher launcher;
    private final SimFeed feed;
    private final Adversary adversary;
    private final Occurrences tally = new Occurrences();
    private int decided;
    private long decidedNanos;
    private @Nullable GroupState end;

    private Simulation(Scenario scenario, History.Detail detail) {
        this.scenario = scenario;
        this.invariants = new Invariants(scenario.resilience().coordinators());
        this.random = new SplittableRandom(~scenario.seed());
        this.settings = new JobSettings(scenario.places(), DECISION, WorkerBatch.MAX_TOKENS, Map.of());
        this.network = new Network(events, random, scenario.places());
        this.history = new History(events, detail);
        this.cluster = new Cluster(this, new SplittableRandom(scenario.seed() ^ REPLICAS));
        this.launcher = new Launcher(this);
        this.feed = new SimFeed(this);
        this.adversary = new Adversary(this);
    }

    /** Runs a scenario to its end, or to the first violation. */
    static Outcome run(Scenario scenario, History.Detail detail) {
        Simulation world = new Simulation(scenario, detail);
        Violation violation = null;
        try {
            world.run();
        } catch (Violation found) {
            violation = found;
            world.history.change(() -> "!!! " + found.getMessage());
        }
        return new Outcome(
                world.decided, world.adversary.done(), world.tally.counts(), violation, world.history.lines());
    }

    private void run() {
        cluster.start();
        launcher.start();
        events.at(AUDIT, this::audit);
        while (!(isOver() && launcher.allEnded())) {
            events.next();
        }
    }

    /** Nobody may wait for longer than all the deadlines together. */
    private void audit() {
        long quiet = events.now() - Math.max(decidedNanos, adversary.lastNanos());
        if (isOver() && quiet > Times.LONGEST_FAREWELL) {
            throw new Violation(
                    Invariant.BOUNDED_WAIT, "the job has ended, and not all workers: " + launcher.workers());
        }
        if (!isOver() && quiet > Times.LONGEST_WITHOUT_LEADER && cluster.leader() == null) {
            throw new Violation(
                    Invariant.PROGRESS,
                    "nobody leads, " + Times.seconds(quiet) + " after the last fault: " + cluster.replicas());
        }
        if (!isOver() && quiet > longestStandstill()) {
            throw new Violation(
                    Invariant.PROGRESS,
                    "no step was decided for " + Times.seconds(longestStandstill()) + " after the last fault");
        }
        events.at(events.now() + AUDIT, this::audit);
    }

    /** Where a restart is refused, the next coordinator does not know it, and waits for whoever will not come. */
    private long longestStandstill() {
        return Times.LONGEST_STANDSTILL + (scenario.hasFewRestarts() ? Times.TIMEOUTS.waitNanos() : 0);
    }

    void decidedRun(DecidedStep step) {
        decided++;
        decidedNanos = events.now();
        history.ran(step);
        adversary.decided(decided);
    }

    /** The job has come to its end. */
    void ended(GroupState how, String reason) {
        if (end != null) {
            return;
        }
        end = how;
        decidedNanos = events.now();
        history.change(() -> "the job has ended: " + how + ": " + reason);
        if (how == GroupState.STOPPED) {
            feed.checkComplete();
        } else if (!mayFail(reason)) {
            throw new Violation(Invariant.PROGRESS, "the job has failed: " + reason);
        }
    }

    private boolean mayFail(String reason) {
        boolean nobodyComes = reason.contains("is not restarted") || reason.contains("no successor within");
        boolean restartsUsedUp = scenario.hasFewRestarts() && nobodyComes;
        boolean badNetwork = reason.contains("nobody is known to be to blame") && isNetworkBad();
        return scenario.resilience().onLoss() == OnLoss.FAIL || restartsUsedUp || badNetwork;
    }

    private boolean isNetworkBad() {
        return adversary.done().containsKey(FaultKind.CUT_LINK)
                || adversary.done().containsKey(FaultKind.FAIL_COLLECTIVE)
                || adversary.done().containsKey(FaultKind.FAIL_PREPARATION);
    }

    boolean isOver() {
        return end != null;
    }

    Collective collective(SimEpoch epoch) {
        return collectives.computeIfAbsent(
                epoch.id(), id -> new Collective(this, id, epoch.ranks().size()));
    }

    Scenario scenario() {
        return scenario;
    }

    SplittableRandom random() {
        return random;
    }

    Events events() {
        return events;
    }

    DecisionCodec codec() {
        return codec;
    }

    Invariants invariants() {
        return invariants;
    }

    JobSettings settings() {
        return settings;
    }

    Network network() {
        return network;
    }

    History history() {
        return history;
    }

    Cluster cluster() {
        return cluster;
    }

    Occurrences tally() {
        return tally;
    }

    Launcher launcher() {
        return launcher;
    }

    SimFeed feed() {
        return feed;
    }
}
