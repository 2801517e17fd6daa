package io.coxswain.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs seed after seed, counts what happened, and tells the story of the first that fails. */
final class Seeds {

    private static final int LAST_LINES = 60;

    private final int steps;
    private final Map<FaultKind, Integer> faults = new EnumMap<>(FaultKind.class);
    private final Map<Occurrence, Integer> occurrences = new EnumMap<>(Occurrence.class);
    private int runs;
    private long decided;

    Seeds(int steps) {
        this.steps = steps;
    }

    /** Runs the scenario of a seed; null where all invariants held. */
    @Nullable
    Violation run(long seed) {
        Outcome outcome = Simulation.run(ScenarioMaker.make(seed, steps), History.Detail.NOTHING);
        runs++;
        decided += outcome.decided();
        outcome.faults().forEach((kind, times) -> faults.merge(kind, times, Integer::sum));
        outcome.occurrences().forEach((what, times) -> occurrences.merge(what, times, Integer::sum));
        return outcome.violation();
    }

    /** The violation of a seed, its short scenario, and the end of that one's history; the whole is in a file. */
    String story(long seed, Violation violation) {
        Scenario shortest = Shrinker.shrink(ScenarioMaker.make(seed, steps), violation.invariant());
        List<String> lines = Simulation.run(shortest, History.Detail.CHANGES).history();
        List<String> all = Simulation.run(shortest, History.Detail.EVERYTHING).history();
        StringBuilder text = new StringBuilder("seed " + seed + " violates " + violation.getMessage() + "\n");
        text.append("the short scenario:\n").append(shortest.head()).append('\n');
        shortest.faults().forEach(fault -> text.append(fault).append('\n'));
        text.append("its history, with each step in ").append(write(seed, all)).append(":\n");
        lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())
                .forEach(line -> text.append(line).append('\n'));
        text.append("run it again with -Dtest=SimulationTest -Dcoxswain.test.seed=")
                .append(seed);
        return text.append(" -Dcoxswain.sim.steps=").append(steps).toString();
    }

    private static Path write(long seed, List<String> lines) {
        try {
            Path folder = Files.createDirectories(Path.of("target", "simulation"));
            return Files.write(folder.resolve("seed-" + seed + ".txt"), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long decided() {
        return decided;
    }

    Map<FaultKind, Integer> faults() {
        return faults;
    }

    Map<Occurrence, Integer> occurrences() {
        return occurrences;
    }

    long faultCount() {
        return faults.values().stream().mapToLong(Integer::longValue).sum();
    }

    private static String line(int times, String what) {
        return String.format("%n%8d  %s", times, what);
    }

    /** What was run, in one paragraph. */
    String summary() {
        StringBuilder text =
                new StringBuilder(runs + " seeds, " + decided + " decided steps, " + faultCount() + " faults:");
        faults.forEach((kind, times) -> text.append(line(times, kind.text())));
        text.append("\nand what came of them:");
        occurrences.forEach((what, times) -> text.append(line(times, what.text())));
        return text.toString();
    }
}
