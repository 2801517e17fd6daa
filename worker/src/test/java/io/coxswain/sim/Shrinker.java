package io.coxswain.sim;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds a short scenario that violates the same invariant, by leaving out faults: half of them at a time, then fewer. */
final class Shrinker {

    /** More runs than this are not worth what they still leave out. */
    private static final int MOST_RUNS = 600;

    private final Invariant invariant;
    private int runs;

    private Shrinker(Invariant invariant) {
        this.invariant = invariant;
    }

    /** The shortest scenario that was found. */
    static Scenario shrink(Scenario scenario, Invariant invariant) {
        return new Shrinker(invariant).shrink(scenario);
    }

    private Scenario shrink(Scenario failing) {
        Scenario shortest = endEarly(failing);
        int parts = 2;
        while (shortest.faults().size() > 1 && runs < MOST_RUNS) {
            Scenario shorter = withoutOnePart(shortest, parts);
            if (shorter != null) {
                shortest = shorter;
                parts = Math.max(2, parts - 1);
            } else if (parts < shortest.faults().size()) {
                parts = Math.min(2 * parts, shortest.faults().size());
            } else {
                break;
            }
        }
        return shortest;
    }

    /** The faults after the violation have no part in it. */
    private Scenario endEarly(Scenario failing) {
        List<Fault> faults = failing.faults();
        int least = 0;
        int most = faults.size();
        while (least < most) {
            int middle = (least + most) / 2;
            if (fails(failing.withFaults(faults.subList(0, middle)))) {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        Scenario early = failing.withFaults(faults.subList(0, most));
        return fails(early) ? early : failing;
    }

    private @Nullable Scenario withoutOnePart(Scenario failing, int parts) {
        List<Fault> faults = failing.faults();
        for (int part = 0; part < parts; part++) {
            List<Fault> rest = new ArrayList<>(faults);
            rest.subList(part * faults.size() / parts, (part + 1) * faults.size() / parts)
                    .clear();
            Scenario shorter = failing.withFaults(rest);
            if (rest.size() < faults.size() && fails(shorter)) {
                return shorter;
            }
        }
        return null;
    }

    private boolean fails(Scenario scenario) {
        runs++;
        Violation violation = Simulation.run(scenario, History.Detail.NOTHING).violation();
        return violation != null && violation.invariant() == invariant;
    }
}
