package io.coxswain.coordinator.core;

/** What happens to the core. Every case carries the stream it came on. */
public sealed interface Input {

    /** Passes this input to its case of the visitor. */
    void accept(Visitor visitor);

    /** A control stream's first message. */
    record HelloReceived(Link control, Hello hello) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onHello(this);
        }
    }

    /** A worker's heartbeat. */
    record HeartbeatReceived(Link control, RankProgress progress) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onHeartbeat(this);
        }
    }

    /** Rank 0 made the epoch's communicator id. */
    record CommunicatorIdReceived(Link control, EpochId epoch, OpaqueBytes id) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onCommunicatorId(this);
        }
    }

    /** A member's collectives are connected. */
    record PreparedReceived(Link control, EpochId epoch) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onPrepared(this);
        }
    }

    /** A member could not connect its collectives. */
    record PreparationFailed(Link control, EpochId epoch, String reason) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onPreparationFailed(this);
        }
    }

    /** A survivor has stopped working on the epoch. */
    record AbortAcknowledged(Link control, EpochId epoch) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onAbortAcknowledged(this);
        }
    }

    /** A collective of a member failed, and not by an abort. */
    record CollectiveFailed(Link control, EpochId epoch, String reason) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onCollectiveFailed(this);
        }
    }

    /** A member wants to leave as soon as the group can go on without it. */
    record DrainWished(Link control, String reason) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onDrainWished(this);
        }
    }

    /** Somebody wants a place's member to leave; the asker is answered by {@link Effect.AnswerDrain}. */
    record DrainRequested(Link asker, int place, String reason) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onDrainRequested(this);
        }
    }

    /** A member goes of its own accord. */
    record LeaveReceived(Link control, String reason) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onLeave(this);
        }
    }

    /** A control stream has closed. */
    record ControlClosed(Link control, String reason) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onControlClosed(this);
        }
    }

    /** A step stream's first message. */
    record StepOpened(Link stream, String job, int place, MemberId member, EpochId epoch, int session)
            implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onStepOpened(this);
        }
    }

    /** A report on the step stream of a place. */
    record ReportReceived(Link stream, int place, StepReport report) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onReport(this);
        }
    }

    /** A step stream has closed. */
    record StepClosed(Link stream, int place) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onStepClosed(this);
        }
    }

    /** Whoever started a worker says that its process has ended; it is answered by {@link Effect.AnswerExit}. */
    record MemberExited(Link asker, int place, int attempt, String how) implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onMemberExited(this);
        }
    }

    /** Time has passed. */
    record Tick() implements Input {
        @Override
        public void accept(Visitor visitor) {
            visitor.onTick(this);
        }
    }

    /** One case for each input. */
    interface Visitor {
        void onHello(HelloReceived input);

        void onHeartbeat(HeartbeatReceived input);

        void onCommunicatorId(CommunicatorIdReceived input);

        void onPrepared(PreparedReceived input);

        void onPreparationFailed(PreparationFailed input);

        void onAbortAcknowledged(AbortAcknowledged input);

        void onCollectiveFailed(CollectiveFailed input);

        void onDrainWished(DrainWished input);

        void onDrainRequested(DrainRequested input);

        void onLeave(LeaveReceived input);

        void onControlClosed(ControlClosed input);

        void onStepOpened(StepOpened input);

        void onReport(ReportReceived input);

        void onStepClosed(StepClosed input);

        void onMemberExited(MemberExited input);

        void onTick(Tick input);
    }
}
