package io.coxswain.sim;

/** What a planted version is asked to do, by reflection. */
final class SeedRun {

    private SeedRun() {}

    /** The invariant that the first failing seed violates, with that seed; empty where all hold. */
    static String firstViolation(long first, int count, int steps) {
        Seeds seeds = new Seeds(steps);
        for (long seed = first; seed < first + count; seed++) {
            Violation violation = seeds.run(seed);
            if (violation != null) {
                return violation.invariant() + " by seed " + seed + ": " + violation.getMessage();
            }
        }
        return "";
    }
}
