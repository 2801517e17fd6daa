package io.coxswain.sim;

import io.coxswain.coordinator.core.DecidedStep;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What happened, one line an event. Kept only where somebody wants to read it. */
final class History {

    /** How much of it is kept. */
    enum Detail {
        NOTHING,
        /** What changes the group, and not each step. */
        CHANGES,
        EVERYTHING
    }

    private final Events events;
    private final Detail detail;
    private @Nullable DecidedStep lastRan;
    private long firstRan;
    private final List<String> lines = new ArrayList<>();

    History(Events events, Detail detail) {
        this.events = events;
        this.detail = detail;
    }

    /** A change of the group, or a fault. */
    void change(Supplier<String> text) {
        if (detail != Detail.NOTHING) {
            add(text.get());
        }
    }

    /** Something that every step has. */
    void step(Supplier<String> text) {
        if (keepsSteps()) {
            add(text.get());
        }
    }

    /** Whether it is worth making the text of a step. */
    boolean keepsSteps() {
        return detail == Detail.EVERYTHING;
    }

    /** A step was decided; a row of them is one line. */
    void ran(DecidedStep decided) {
        if (detail == Detail.CHANGES) {
            DecidedStep before = lastRan;
            if (before == null || !before.epoch().equals(decided.epoch())) {
                tellWhatRan();
                firstRan = decided.step();
            }
            lastRan = decided;
        }
    }

    private void tellWhatRan() {
        DecidedStep last = lastRan;
        if (last != null) {
            lines.add("            steps " + firstRan + " to " + last.step() + " of epoch "
                    + last.epoch().number() + " are run");
            lastRan = null;
        }
    }

    private void add(String text) {
        tellWhatRan();
        lines.add(Times.seconds(events.now()) + "  " + text);
    }

    List<String> lines() {
        return List.copyOf(lines);
    }
}
