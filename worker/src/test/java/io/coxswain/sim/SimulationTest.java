package io.coxswain.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/**
 * Jobs in virtual time, each from a seed. The build runs a share; all of it, ten million steps:
 *
 * <pre>
 * mvn -pl proto,coordinator,worker test -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false
 *     -Dcoxswain.sim.seeds=10000 -Dcoxswain.sim.steps=1000
 * </pre>
 *
 * <p>{@code -Dcoxswain.test.seed=N} runs one seed again.
 */
class SimulationTest {

    private static final int SEEDS = Integer.getInteger("coxswain.sim.seeds", 1000);
    private static final int STEPS = Integer.getInteger("coxswain.sim.steps", 1000);
    private static final long FIRST = 1;
    private static final long LEAST_SHARE_OF_FAULTS = 100;

    @Test
    void shouldHoldItsInvariantsWhateverTheAdversaryDoes() {
        Seeds seeds = new Seeds(STEPS);
        Long one = Long.getLong("coxswain.test.seed");
        long first = one == null ? FIRST : one;
        long last = one == null ? FIRST + SEEDS - 1 : one;
        for (long seed = first; seed <= last; seed++) {
            Violation violation = seeds.run(seed);
            if (violation != null) {
                throw new AssertionError(seeds.story(seed, violation), violation);
            }
        }
        System.out.println(seeds.summary());
        if (one == null) {
            assertThat(seeds.faults().keySet())
                    .as("kinds of faults that happened")
                    .isEqualTo(EnumSet.allOf(FaultKind.class));
            assertThat(seeds.occurrences().keySet()).as("what came of them").isEqualTo(EnumSet.allOf(Occurrence.class));
            assertThat(seeds.faultCount())
                    .as("faults in " + seeds.decided() + " decided steps")
                    .isGreaterThan(seeds.decided() / LEAST_SHARE_OF_FAULTS);
        }
    }

    @Test
    void shouldPlayOneSeedOutTheSameWayEachTime() {
        for (long seed = FIRST; seed < FIRST + 10; seed++) {
            Scenario scenario = ScenarioMaker.make(seed, 100);
            assertThat(Simulation.run(scenario, History.Detail.EVERYTHING).history())
                    .as("the history of seed " + seed)
                    .isEqualTo(
                            Simulation.run(scenario, History.Detail.EVERYTHING).history());
        }
    }
}
