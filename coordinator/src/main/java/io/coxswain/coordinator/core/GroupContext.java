package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.List;

/** What the parts of a group share while one input is handled. Owned by the group that holds it. */
final class GroupContext {

    final GroupConfig config;
    final TermId term;
    final Roster roster;
    final Tally tally;
    final List<Effect> effects = new ArrayList<>();
    long nowNanos;

    GroupContext(GroupConfig config, TermId term, long nowNanos) {
        this.config = config;
        this.term = term;
        this.roster = new Roster(config);
        this.tally = new Tally(config.worldSize());
        this.nowNanos = nowNanos;
    }

    void emit(Effect effect) {
        effects.add(effect);
    }

    void note(String text) {
        effects.add(new Effect.Note(text));
    }

    void sendToAll(ControlMessage message) {
        for (Seat seat : roster.seats()) {
            Link control = seat.control;
            if (control != null) {
                effects.add(new Effect.SendControl(control, message));
            }
        }
    }
}
