package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.ControlMessage.Refused;
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
    /** Rises with every change of what a successor should know. */
    int memoryRevision;

    private boolean membersChanged;

    GroupContext(GroupConfig config, TermId term, long nowNanos) {
        this.config = config;
        this.term = term;
        this.roster = new Roster(config);
        this.tally = new Tally(config.worldSize());
        this.nowNanos = nowNanos;
    }

    /** An epoch starts for the first time. */
    void epochStarts() {
        tally.epochStarted();
        memoryRevision++;
    }

    void epochEnds() {
        tally.epochAborted();
        memoryRevision++;
    }

    void emit(Effect effect) {
        effects.add(effect);
    }

    void note(String text) {
        effects.add(new Effect.Note(text));
    }

    void sendToAll(ControlMessage message) {
        for (Seat seat : roster.seats()) {
            send(seat, message);
        }
    }

    void sendTo(List<Seat> seats, ControlMessage message) {
        for (Seat seat : seats) {
            send(seat, message);
        }
    }

    /** Says something to a place's worker; nothing where its control stream is closed, for it is told when it is back. */
    void send(Seat seat, ControlMessage message) {
        Link control = seat.control;
        if (control != null) {
            effects.add(new Effect.SendControl(control, message));
        }
    }

    /** Tells a member that the epoch it comes from will not go on, where it does not know. */
    void tellItIsOver(Seat seat, Attachment attachment, String why) {
        if (attachment.state() != Attachment.State.ABORTED) {
            send(seat, new ControlMessage.Abort(term, attachment.epoch(), Verdict.blameless(why)));
        }
    }

    void memberJoins(Seat seat, Hello hello, Link control) {
        seat.take(hello, control, nowNanos);
        membersChanged();
    }

    void memberEnds(Seat seat, SeatState how, String why) {
        seat.end(how, why);
        membersChanged();
    }

    void memberFreed(Seat seat, String why) {
        seat.free(why);
        membersChanged();
    }

    private void membersChanged() {
        membersChanged = true;
        memoryRevision++;
    }

    /** Tells a worker that its place counts on it no more, and hears it no more. */
    void expel(Seat seat, String why) {
        Link control = seat.control;
        if (control != null) {
            emit(new Effect.SendControl(
                    control, new Refused(Refused.Kind.LOST, "this member was taken for lost: " + why)));
            emit(new Effect.CloseControl(control));
            seat.control = null;
        }
    }

    /** Says who holds which place, where that has changed. */
    void tellMembers() {
        if (membersChanged) {
            membersChanged = false;
            emit(new Effect.MembersChanged(roster.latestMembers()));
        }
    }
}
