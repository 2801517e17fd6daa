package io.coxswain.coordinator.election;

import io.coxswain.coordinator.core.TermId;

/** What the election wants done. Effects are carried out in their order, and no answer is waited for. */
public sealed interface ElectionEffect {

    /** Passes this effect to its case of the visitor. */
    void accept(Visitor visitor);

    /** Read the lease; answered by {@link ElectionInput.LeaseSeen}. */
    record ReadLease() implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onReadLease(this);
        }
    }

    /** Replace the lease if it equals what is expected; answered by {@link ElectionInput.TakeAnswered}. */
    record TakeLease(Lease expected, Lease next) implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onTakeLease(this);
        }
    }

    /** Replace the lease if it equals what is expected; answered by {@link ElectionInput.RenewAnswered}. */
    record RenewLease(Lease expected, Lease next) implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onRenewLease(this);
        }
    }

    /**
     * Replace the lease by {@link Lease#released()} if it equals what is expected; answered by
     * {@link ElectionInput.ReleaseAnswered}.
     */
    record ReleaseLease(Lease expected) implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onReleaseLease(this);
        }
    }

    /** Lead a group of this term. */
    record Lead(TermId term) implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onLead(this);
        }
    }

    /** Lead no more: close what workers have opened. Not said at the job's end, which the group itself brought about. */
    record StepDown(String reason) implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onStepDown(this);
        }
    }

    /** The replica changed its state. */
    record Transitioned(ElectionState from, ElectionState to, String reason) implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onTransitioned(this);
        }
    }

    /** Another replica leads what this one led until now, and serves. */
    record HandedOver() implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onHandedOver(this);
        }
    }

    /** The election is over for this replica: nothing comes after it. */
    record Stopped() implements ElectionEffect {
        @Override
        public void accept(Visitor visitor) {
            visitor.onStopped(this);
        }
    }

    /** One case for each effect. */
    interface Visitor {
        void onReadLease(ReadLease effect);

        void onTakeLease(TakeLease effect);

        void onRenewLease(RenewLease effect);

        void onReleaseLease(ReleaseLease effect);

        void onLead(Lead effect);

        void onStepDown(StepDown effect);

        void onTransitioned(Transitioned effect);

        void onHandedOver(HandedOver effect);

        void onStopped(Stopped effect);
    }
}
