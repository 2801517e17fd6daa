package io.coxswain.coordinator.election;

import io.coxswain.coordinator.election.ElectionInput.Deposed;
import io.coxswain.coordinator.election.ElectionInput.HolderGone;
import io.coxswain.coordinator.election.ElectionInput.JobEnded;
import io.coxswain.coordinator.election.ElectionInput.LeaseSeen;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.ElectionInput.ReleaseAnswered;
import io.coxswain.coordinator.election.ElectionInput.RenewAnswered;
import io.coxswain.coordinator.election.ElectionInput.ReplicasChanged;
import io.coxswain.coordinator.election.ElectionInput.StopAsked;
import io.coxswain.coordinator.election.ElectionInput.StoreFailed;
import io.coxswain.coordinator.election.ElectionInput.TakeAnswered;
import io.coxswain.coordinator.election.ElectionInput.TermHeard;
import io.coxswain.coordinator.election.ElectionInput.Tick;

/** What each input does. Owned by the election that holds it. */
final class ElectionInputs implements ElectionInput.Visitor {

    private final Election election;
    private final LeaseWatch watch;

    ElectionInputs(Election election) {
        this.election = election;
        this.watch = election.watch;
    }

    @Override
    public void onTick(Tick input) {
        if (election.isHandOverOver()) {
            election.stepDown(ElectionState.STOPPED, "nobody has taken the lease in time");
            return;
        }
        if (election.isAnswerOverdue()) {
            failed("the store does not answer");
        }
        if (election.isDue()) {
            election.dueIn(
                    election.state() == ElectionState.HANDING_OVER
                            ? election.config.handOverLookNanos()
                            : election.config.renewNanos());
            if (!election.isAwaiting()) {
                askStore();
            }
        }
    }

    private void askStore() {
        switch (election.state()) {
            case STANDBY -> election.ask(new ElectionEffect.ReadLease());
            case LEADING -> renew();
            case HANDING_OVER -> handOver();
            case STANDING, STOPPED -> {}
        }
    }

    /** Writes the lease again where the store has lost it: a leader's lease is what its members have promised. */
    private void renew() {
        election.ask(new ElectionEffect.RenewLease(election.lease(), election.nextRenewal()));
    }

    private void handOver() {
        if (election.lease().holder() == election.term().coordinatorId()) {
            election.ask(new ElectionEffect.ReleaseLease(election.lease()));
        } else {
            election.ask(new ElectionEffect.ReadLease());
        }
    }

    @Override
    public void onLeaseSeen(LeaseSeen input) {
        switch (election.state()) {
            case STANDBY -> {
                election.answered();
                watch.observe(input.lease(), election.now());
                standIfVacant();
            }
            case STANDING -> watch.observe(input.lease(), election.now());
            case LEADING -> stepDownIfTaken(input.lease());
            case HANDING_OVER -> {
                election.answered();
                endIfTaken(input.lease());
            }
            case STOPPED -> {}
        }
    }

    private void standIfVacant() {
        Lease seen = watch.lease();
        String why = watch.vacancy(election.now());
        if (seen != null && !why.isEmpty() && election.mayTake(seen)) {
            election.stand(seen, why);
        }
    }

    @Override
    public void onTakeAnswered(TakeAnswered input) {
        switch (election.state()) {
            case STANDBY -> watch.observe(input.now(), election.now());
            case STANDING -> taken(input.outcome(), input.now());
            case LEADING -> stepDownIfTaken(input.now());
            case HANDING_OVER -> endIfTaken(input.now());
            case STOPPED -> {}
        }
    }

    private void taken(Outcome outcome, Lease now) {
        Lease asked = election.lease();
        Lease before = watch.lease();
        watch.observe(now, election.now());
        if (outcome == Outcome.WRITTEN && now.equals(asked)) {
            if (watch.isAboveAllHeard(asked.term())) {
                election.become(ElectionState.LEADING, "took the lease of term " + asked.term());
            } else {
                election.stand(now, "a higher term than " + asked.term() + " was heard of meanwhile");
            }
            return;
        }
        if (now.holder() == asked.holder() && election.mayTake(now)) {
            // A question that was given up has come through after all.
            if (outcome == Outcome.LOST) {
                election.stand(now, "its own lease of term " + now.term() + " was written too late");
            }
            return;
        }
        election.become(ElectionState.STANDBY, "not given the lease: the store has " + now);
        if (!now.equals(before)) {
            standIfVacant();
        }
    }

    @Override
    public void onRenewAnswered(RenewAnswered input) {
        switch (election.state()) {
            case STANDBY, STANDING -> watch.observe(input.now(), election.now());
            case LEADING -> {
                election.answered();
                stepDownIfTaken(input.now());
                if (election.state() == ElectionState.LEADING) {
                    renewed(input.now());
                }
            }
            case HANDING_OVER -> endIfTaken(input.now());
            case STOPPED -> {}
        }
    }

    /** A lower lease is written over at once: whoever renews it would be quicker each time, if this waited its turn. */
    private void renewed(Lease now) {
        Lease before = election.lease();
        election.holds(now);
        boolean isOwn = now.term() == election.term().number();
        if (!isOwn && !now.equals(before)) {
            renew();
        }
    }

    @Override
    public void onReleaseAnswered(ReleaseAnswered input) {
        if (election.state() == ElectionState.HANDING_OVER) {
            election.answered();
            election.holds(input.now());
            if (election.config.replicas() == 1) {
                election.stepDown(ElectionState.STOPPED, "told to stop; there is nobody to hand over to");
            } else {
                endIfTaken(input.now());
            }
        }
    }

    /** Its term is over once the store names a higher one, or another holder of the same. */
    private boolean isTaken(Lease now) {
        long term = election.term().number();
        boolean isAnothers =
                !now.isReleased() && now.holder() != election.term().coordinatorId();
        return now.term() > term || (now.term() == term && isAnothers);
    }

    private void stepDownIfTaken(Lease now) {
        if (isTaken(now)) {
            election.stepDown(ElectionState.STANDBY, "the store has another leader: " + now);
            watch.observe(now, election.now());
        }
    }

    /**
     * A successor has its answer by the time that it renews its lease, and serves. Until then this one leads on, and stays in the
     * store, whose answers would have to wait for its loss.
     */
    private void endIfTaken(Lease now) {
        if (isTaken(now) && now.renewals() > 0) {
            election.handOverTo(now);
        }
    }

    @Override
    public void onStoreFailed(StoreFailed input) {
        failed("the store failed: " + input.reason());
    }

    /** A leader goes on without a store; what a standby has asked for is asked again by the next tick. */
    private void failed(String why) {
        election.answered();
        if (election.state() == ElectionState.STANDING) {
            election.become(ElectionState.STANDBY, why);
        }
    }

    @Override
    public void onHolderGone(HolderGone input) {
        watch.heardGone(input.holder(), election.now());
        if (election.state() == ElectionState.STANDBY) {
            standIfVacant();
        }
    }

    @Override
    public void onReplicasChanged(ReplicasChanged input) {
        boolean sawMajority = election.seesMajority();
        election.sees(input.ids());
        if (election.state() == ElectionState.HANDING_OVER && !election.seesAnother()) {
            election.stepDown(ElectionState.STOPPED, "told to stop, and nobody else is left to hand over to");
            return;
        }
        Lease seen = watch.lease();
        if (election.state() == ElectionState.STANDING && seen != null && !election.mayTake(seen)) {
            election.become(ElectionState.STANDBY, "it does not see a majority of the replicas any more");
        }
        boolean judges = election.state() == ElectionState.STANDBY && election.config.needsMajority();
        if (judges && !sawMajority && election.seesMajority()) {
            // what it saw alone may be another store's: this one is read first
            watch.forget();
            election.ask(new ElectionEffect.ReadLease());
        }
    }

    @Override
    public void onTermHeard(TermHeard input) {
        watch.heardOf(input.number());
        if (election.state().leads() && input.number() > election.term().number()) {
            election.depose("a member has promised term " + input.number());
        }
    }

    @Override
    public void onDeposed(Deposed input) {
        watch.heardOf(input.term().number());
        if (election.state().leads() && input.term().equals(election.term())) {
            election.depose(input.reason());
        }
    }

    @Override
    public void onJobEnded(JobEnded input) {
        election.become(ElectionState.STOPPED, "the job has ended");
    }

    @Override
    public void onStopAsked(StopAsked input) {
        switch (election.state()) {
            case STANDBY, STANDING -> election.become(ElectionState.STOPPED, "told to stop");
            case LEADING -> election.become(ElectionState.HANDING_OVER, "told to stop");
            case HANDING_OVER, STOPPED -> {}
        }
    }
}
