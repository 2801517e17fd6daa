package io.coxswain.coordinator.core;

import java.util.List;

/** What the core wants done. Effects are carried out in their order. */
public sealed interface Effect {

    /** Passes this effect to its case of the visitor. */
    void accept(Visitor visitor);

    /** Say something on a control stream. */
    record SendControl(Link control, ControlMessage message) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onSendControl(this);
        }
    }

    /** Close a control stream well, after what was said on it. */
    record CloseControl(Link control) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onCloseControl(this);
        }
    }

    /** Send one decision, encoded once, to all step streams. */
    record SendDecision(List<Link> streams, DecidedStep decided) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onSendDecision(this);
        }
    }

    /** Refuse a report; the stream stays open. */
    record RefuseReport(Link stream, TermId term, StepRefusal refusal) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onRefuseReport(this);
        }
    }

    /** Close a step stream. */
    record CloseStep(Link stream, CloseKind kind, String reason) implements Effect {

        /** Why a step stream is closed. */
        public enum CloseKind {
            /** Its opening does not fit. */
            REFUSED,
            /** Its epoch is over. */
            EPOCH_OVER,
            /** The job has ended well. */
            STOPPED
        }

        @Override
        public void accept(Visitor visitor) {
            visitor.onCloseStep(this);
        }
    }

    /** The group changed its state. */
    record Transitioned(GroupState from, GroupState to, String reason) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onTransitioned(this);
        }
    }

    /** Something worth a line in the log. */
    record Note(String text) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onNote(this);
        }
    }

    /** One case for each effect. */
    interface Visitor {
        void onSendControl(SendControl effect);

        void onCloseControl(CloseControl effect);

        void onSendDecision(SendDecision effect);

        void onRefuseReport(RefuseReport effect);

        void onCloseStep(CloseStep effect);

        void onTransitioned(Transitioned effect);

        void onNote(Note effect);
    }
}
