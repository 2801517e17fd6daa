package io.coxswain.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

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

    private void add(String text) {
        lines.add(Times.seconds(events.now()) + "  " + text);
    }

    List<String> lines() {
        return List.copyOf(lines);
    }
}
