package io.coxswain.sim;

import io.coxswain.coordinator.core.GroupConfig.Coordinators;
import io.coxswain.coordinator.core.GroupConfig.Resilience;
import io.coxswain.coordinator.core.GroupConfig.RestartLimits;
import io.coxswain.coordinator.core.OnLoss;
import io.coxswain.sim.FaultKind.Needs;
import io.coxswain.sim.Scenario.Graphs;
import io.coxswain.sim.Scenario.PeerLoss;
import io.coxswain.sim.Scenario.Traits;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes a scenario of a seed. */
final class ScenarioMaker {

    /** So many restarts are never used up. */
    static final int MANY_RESTARTS = 1000;

    private static final int FEW_RESTARTS = 3;
    private static final int MOST_PLACES = 6;
    /** On average; the requirement is a fault in a hundred steps, and not every one finds something to disturb. */
    private static final int STEPS_BETWEEN_FAULTS = 50;

    private final SplittableRandom random;
    private final long seed;
    private final int steps;

    private ScenarioMaker(long seed, int steps) {
        this.seed = seed;
        this.steps = steps;
        this.random = new SplittableRandom(seed);
    }

    static Scenario make(long seed, int steps) {
        return new ScenarioMaker(seed, steps).make();
    }

    private Scenario make() {
        int places = 1 + random.nextInt(MOST_PLACES);
        OnLoss policy = policy();
        Coordinators coordinators = random.nextBoolean() ? Coordinators.REPLICATED : Coordinators.SINGLE;
        int minRanks = 1 + random.nextInt(policy == OnLoss.SHRINK ? (places + 1) / 2 : places);
        int restarts = random.nextInt(12) == 0 ? FEW_RESTARTS : MANY_RESTARTS;
        Traits traits = new Traits(
                random.nextBoolean() ? PeerLoss.FAILS : PeerLoss.HANGS,
                random.nextInt(8) == 0 ? Graphs.NONE_YET : Graphs.ALL);
        Resilience resilience = new Resilience(policy, minRanks, coordinators, restarts(restarts));
        Scenario quiet = new Scenario(seed, places, steps, resilience, traits, List.of());
        return quiet.withFaults(faults(quiet));
    }

    static RestartLimits restarts(int max) {
        return new RestartLimits(max, 600 * Times.SECOND, max);
    }

    private OnLoss policy() {
        int number = random.nextInt(20);
        return number == 0 ? OnLoss.FAIL : number < 10 ? OnLoss.WAIT : OnLoss.SHRINK;
    }

    private List<Fault> faults(Scenario scenario) {
        List<Fault> faults = new ArrayList<>();
        int step = 0;
        while (step < steps) {
            faults.add(fault(scenario, step));
            boolean inTheWakeOfIt = random.nextInt(3) == 0;
            step += inTheWakeOfIt ? 0 : 1 + random.nextInt(3 * STEPS_BETWEEN_FAULTS);
        }
        return faults;
    }

    private Fault fault(Scenario scenario, int step) {
        long offsetMicros = random.nextInt(3) == 0 ? random.nextInt(3_000_000) : random.nextInt(40_000);
        long micros = random.nextInt(3) == 0 ? random.nextInt(9_000_000) : random.nextInt(900_000);
        return new Fault(kind(scenario), step, offsetMicros, random.nextInt(scenario.places()), micros);
    }

    private FaultKind kind(Scenario scenario) {
        int total = 0;
        for (FaultKind kind : FaultKind.values()) {
            total += canHappen(kind, scenario) ? kind.weight() : 0;
        }
        int drawn = random.nextInt(total);
        for (FaultKind kind : FaultKind.values()) {
            drawn -= canHappen(kind, scenario) ? kind.weight() : 0;
            if (drawn < 0) {
                return kind;
            }
        }
        throw new IllegalStateException("weights do not add up to " + total);
    }

    private static boolean canHappen(FaultKind kind, Scenario scenario) {
        return kind.needs() == Needs.NOTHING || scenario.isReplicated();
    }
}
