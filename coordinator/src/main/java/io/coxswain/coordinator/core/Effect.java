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
            /** Its epoch ended as planned, with RECONFIGURE. */
            RECONFIGURED,
            /** The job has ended well. */
            STOPPED
        }

        @Override
        public void accept(Visitor visitor) {
            visitor.onCloseStep(this);
        }
    }

    /** Send a decision that an earlier coordinator made, as it was, to a member that has not accepted it. */
    record ResendDecision(Link stream, TermId term, Attachment.LastDecision decision) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onResendDecision(this);
        }
    }

    /** Answer whoever reported the end of a worker's process. */
    record AnswerExit(Link asker, RestartVerdict verdict) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onAnswerExit(this);
        }
    }

    /**
     * Answer whoever wants a rank to leave.
     *
     * @param refusal why it cannot; empty where it will
     */
    record AnswerDrain(Link asker, String refusal) implements Effect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onAnswerDrain(this);
        }
    }

    /** Who holds which place has changed: all places that ever had a member. */
    record MembersChanged(List<PlaceMember> places) implements Effect {

        /**
         * The latest member of a place.
         *
         * @param state what is known of it
         * @param detail why it is lost; empty otherwise
         */
        public record PlaceMember(int place, MemberId member, SeatState state, String detail) {

            /** Whether the group counts on it. */
            public boolean isLive() {
                return state.isMember();
            }
        }

        @Override
        public void accept(Visitor visitor) {
            visitor.onMembersChanged(this);
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

        void onResendDecision(ResendDecision effect);

        void onAnswerExit(AnswerExit effect);

        void onAnswerDrain(AnswerDrain effect);

        void onMembersChanged(MembersChanged effect);

        void onTransitioned(Transitioned effect);

        void onNote(Note effect);
    }
}
