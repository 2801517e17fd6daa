package io.coxswain.sim;

import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.GroupConfig.Coordinators;
import io.coxswain.coordinator.core.GroupConfig.Resilience;
import io.coxswain.coordinator.core.OnLoss;
import java.util.List;

/**
 * A job and what happens to it. The seed settles all the rest: how long messages and passes take, and what the requests are.
 *
 * @param steps about how many steps the job takes
 * @param traits how its devices behave
 * @param faults in the order of their steps
 */
record Scenario(long seed, int places, int steps, Resilience resilience, Traits traits, List<Fault> faults) {

    static final String JOB = "simulated";

    private static final int REPLICAS = 3;
    private static final int FEW_REPLICAS = 2;
    private static final int FEW_REPLICAS_ONE_IN = 4;

    /**
     * What differs between devices.
     *
     * @param peerLoss what a rank notices of a peer's death in a collective
     * @param graphs which graphs it has at its start
     */
    record Traits(PeerLoss peerLoss, Graphs graphs) {}

    /** What a rank notices of a peer's death in a collective. */
    enum PeerLoss {
        /** The collective fails, as over TCP. */
        FAILS,
        /** It hangs until it is aborted, as with NCCL. */
        HANGS
    }

    /** Which graphs a device has at its start. */
    enum Graphs {
        ALL,
        NONE_YET
    }

    /** Copies the list. */
    Scenario {
        faults = List.copyOf(faults);
    }

    GroupConfig config() {
        return new GroupConfig(JOB, places, Times.TIMEOUTS, resilience);
    }

    /** How many replicas the coordinator has. */
    int replicas() {
        if (!isReplicated()) {
            return 1;
        }
        return seed % FEW_REPLICAS_ONE_IN == 0 ? FEW_REPLICAS : REPLICAS;
    }

    boolean isMajority(int count) {
        return 2 * count > replicas();
    }

    /** Whether a replica that sees no majority must not stand. */
    boolean needsMajority() {
        return replicas() >= REPLICAS;
    }

    Scenario withFaults(List<Fault> other) {
        return new Scenario(seed, places, steps, resilience, traits, other);
    }

    boolean isReplicated() {
        return resilience.coordinators() == Coordinators.REPLICATED;
    }

    /** Whether the job may fail since its restarts are used up. */
    boolean hasFewRestarts() {
        return resilience.restarts().max() < ScenarioMaker.MANY_RESTARTS;
    }

    /** One line that says all but the faults, and that {@link #parse} reads. */
    String head() {
        return "seed " + seed + " places " + places + " steps " + steps + " policy " + resilience.onLoss()
                + " minRanks "
                + resilience.minRanks() + " coordinators " + resilience.coordinators() + " restarts "
                + resilience.restarts().max() + " peerLoss " + traits.peerLoss() + " graphs " + traits.graphs();
    }

    /** Reads a head and the faults that follow it. */
    static Scenario parse(String head, List<String> faults) {
        String[] words = head.split(" ", -1);
        Resilience resilience = new Resilience(
                OnLoss.valueOf(words[7]),
                Integer.parseInt(words[9]),
                Coordinators.valueOf(words[11]),
                ScenarioMaker.restarts(Integer.parseInt(words[13])));
        return new Scenario(
                Long.parseLong(words[1]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[5]),
                resilience,
                new Traits(PeerLoss.valueOf(words[15]), Graphs.valueOf(words[17])),
                faults.stream().map(Fault::parse).toList());
    }
}
