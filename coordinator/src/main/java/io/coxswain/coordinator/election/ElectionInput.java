package io.coxswain.coordinator.election;

import io.coxswain.coordinator.core.TermId;
import java.util.Set;

/** What happens to a replica. Answers of the store may come late, twice or never. */
public sealed interface ElectionInput {

    /** Passes this input to its case of the visitor. */
    void accept(Visitor visitor);

    /** What became of a compare-and-set. */
    enum Outcome {
        /** The store held what was expected, and holds now what it was asked to. */
        WRITTEN,
        /** The store holds something else, and nothing was changed. */
        LOST
    }

    /** Time has passed; see {@link Election#nextTickNanos()}. */
    record Tick() implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onTick(this);
        }
    }

    /** What the store says: the answer to {@link ElectionEffect.ReadLease}, or unasked when it changes. */
    record LeaseSeen(Lease lease) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onLeaseSeen(this);
        }
    }

    /** The answer to {@link ElectionEffect.TakeLease}, with what the store says now. */
    record TakeAnswered(Outcome outcome, Lease now) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onTakeAnswered(this);
        }
    }

    /** The answer to {@link ElectionEffect.RenewLease}, with what the store says now. */
    record RenewAnswered(Outcome outcome, Lease now) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onRenewAnswered(this);
        }
    }

    /** The answer to {@link ElectionEffect.ReleaseLease}, with what the store says now. */
    record ReleaseAnswered(Outcome outcome, Lease now) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onReleaseAnswered(this);
        }
    }

    /** An operation of the store failed; whether it was carried out is not known. */
    record StoreFailed(String reason) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onStoreFailed(this);
        }
    }

    /** The connection to another replica, leader or not, was closed by its end. */
    record HolderGone(long holder) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onHolderGone(this);
        }
    }

    /**
     * Which replicas see each other in the store has changed. At its start a replica sees nobody.
     *
     * @param ids the random ids of all that are seen, its own included
     */
    record ReplicasChanged(Set<Long> ids) implements ElectionInput {

        /** Copies the set. */
        public ReplicasChanged {
            ids = Set.copyOf(ids);
        }

        @Override
        public void accept(Visitor visitor) {
            visitor.onReplicasChanged(this);
        }
    }

    /** A member has promised a term; a leader of a lower one is deposed by it. Also a term that the store names elsewhere. */
    record TermHeard(long number) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onTermHeard(this);
        }
    }

    /**
     * The group that this replica led in a term was deposed.
     *
     * @param term of the group that has ended
     */
    record Deposed(TermId term, String reason) implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onDeposed(this);
        }
    }

    /** The job has ended, well or not: nobody is to lead it any more. The lease is left alone. */
    record JobEnded() implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onJobEnded(this);
        }
    }

    /** This replica is to end; a leader hands over first. */
    record StopAsked() implements ElectionInput {
        @Override
        public void accept(Visitor visitor) {
            visitor.onStopAsked(this);
        }
    }

    /** One case for each input. */
    interface Visitor {
        void onTick(Tick input);

        void onLeaseSeen(LeaseSeen input);

        void onTakeAnswered(TakeAnswered input);

        void onRenewAnswered(RenewAnswered input);

        void onReleaseAnswered(ReleaseAnswered input);

        void onStoreFailed(StoreFailed input);

        void onHolderGone(HolderGone input);

        void onReplicasChanged(ReplicasChanged input);

        void onTermHeard(TermHeard input);

        void onDeposed(Deposed input);

        void onJobEnded(JobEnded input);

        void onStopAsked(StopAsked input);
    }
}
