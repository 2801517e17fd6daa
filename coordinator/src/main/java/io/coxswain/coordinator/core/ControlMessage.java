package io.coxswain.coordinator.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the coordinator says on a control stream. */
public sealed interface ControlMessage {

    /** Passes this message to its case of the visitor. */
    <R> R accept(Visitor<R> visitor);

    /** The member has its place, as that attempt of it. */
    record Welcome(TermId term, int place, int attempt, GroupConfig.Timeouts timeouts) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onWelcome(this);
        }
    }

    /** The member is not taken. */
    record Refused(Kind kind, String reason) implements ControlMessage {

        /** The kinds of refusal. */
        public enum Kind {
            /** The place is held by another member. */
            PLACE_TAKEN,
            /** The coordinator serves another job. */
            WRONG_JOB,
            /** The settings are not the job's. */
            SETTINGS_DIFFER,
            /** A value out of range. */
            INVALID,
            /** The job has ended or failed. */
            ENDED,
            /** The member was taken for lost, or another has its place. */
            LOST,
            /** The member has promised a higher term. */
            STALE_TERM
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onRefused(this);
        }
    }

    /** The coordinator is alive. */
    record Heartbeat(TermId term) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onHeartbeat(this);
        }
    }

    /**
     * The ranks of a new epoch, by rank.
     *
     * @param replaces the epoch that runs meanwhile; null where none does
     */
    record Membership(
            TermId term,
            EpochId epoch,
            List<RankInfo> ranks,
            long prepareTimeoutNanos,
            @Nullable EpochId replaces) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onMembership(this);
        }
    }

    /** One rank of an epoch. */
    record RankInfo(int place, MemberId member, Hello.Origin origin) {}

    /** The communicator id that rank 0 made. */
    record CommunicatorId(EpochId epoch, OpaqueBytes id) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onCommunicatorId(this);
        }
    }

    /** The epoch begins with step 0. */
    record Start(TermId term, EpochId epoch) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onStart(this);
        }
    }

    /** The epoch is over at once. */
    record Abort(TermId term, EpochId epoch, Verdict verdict) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onAbort(this);
        }
    }

    /** The group cannot go on without the member. */
    record DrainRefused(String reason) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onDrainRefused(this);
        }
    }

    /** The job has ended, well or not. */
    record JobEnded(GroupState outcome, Verdict verdict) implements ControlMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.onJobEnded(this);
        }
    }

    /** One case for each message. */
    interface Visitor<R> {
        R onWelcome(Welcome message);

        R onRefused(Refused message);

        R onHeartbeat(Heartbeat message);

        R onMembership(Membership message);

        R onCommunicatorId(CommunicatorId message);

        R onStart(Start message);

        R onAbort(Abort message);

        R onDrainRefused(DrainRefused message);

        R onJobEnded(JobEnded message);
    }
}
