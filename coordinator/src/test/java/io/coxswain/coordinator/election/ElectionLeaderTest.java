package io.coxswain.coordinator.election;

import static io.coxswain.coordinator.election.Candidate.OTHER;
import static io.coxswain.coordinator.election.Candidate.lease;
import static io.coxswain.coordinator.election.Candidate.own;
import static io.coxswain.coordinator.election.Candidate.seeing;
import static io.coxswain.coordinator.election.Candidate.term;
import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.election.ElectionEffect.HandedOver;
import io.coxswain.coordinator.election.ElectionEffect.ReadLease;
import io.coxswain.coordinator.election.ElectionEffect.ReleaseLease;
import io.coxswain.coordinator.election.ElectionEffect.RenewLease;
import io.coxswain.coordinator.election.ElectionEffect.StepDown;
import io.coxswain.coordinator.election.ElectionEffect.Stopped;
import io.coxswain.coordinator.election.ElectionEffect.TakeLease;
import io.coxswain.coordinator.election.ElectionInput.Deposed;
import io.coxswain.coordinator.election.ElectionInput.JobEnded;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.ElectionInput.ReleaseAnswered;
import io.coxswain.coordinator.election.ElectionInput.RenewAnswered;
import io.coxswain.coordinator.election.ElectionInput.StopAsked;
import io.coxswain.coordinator.election.ElectionInput.StoreFailed;
import io.coxswain.coordinator.election.ElectionInput.TakeAnswered;
import io.coxswain.coordinator.election.ElectionInput.TermHeard;
import org.junit.jupiter.api.Test;

/** How long a leader leads, and how it hands over. */
class ElectionLeaderTest {

    private final Candidate leader = Candidate.thatLeads();

    private void renewsFirst() {
        leader.waits(0);
        leader.gets(new RenewAnswered(Outcome.WRITTEN, own(1, 1)));
    }

    private void assertStandsBy() {
        assertThat(leader.state()).isEqualTo(ElectionState.STANDBY);
        assertThat(leader.election().term()).isEqualTo(TermId.NONE);
    }

    @Test
    void shouldRenewItsLeaseAtOnceAndThenRegularly() {
        assertThat(leader.waits(0)).containsExactly(new RenewLease(own(1, 0), own(1, 1)));
        leader.gets(new RenewAnswered(Outcome.WRITTEN, own(1, 1)));
        assertThat(leader.waits(500)).containsExactly(new RenewLease(own(1, 1), own(1, 2)));
    }

    @Test
    void shouldLeadOnWithoutAStoreAndTryAgain() {
        renewsFirst();
        for (int times = 1; times <= 100; times++) {
            assertThat(leader.waits(500)).containsExactly(new RenewLease(own(1, 1), own(1, 1 + times)));
            leader.gets(new StoreFailed("no quorum"));
        }
        assertThat(leader.state()).isEqualTo(ElectionState.LEADING);
    }

    @Test
    void shouldRenewAgainWhereTheStoreDoesNotAnswer() {
        leader.waits(0);
        assertThat(leader.waits(1999)).isEmpty();
        assertThat(leader.waits(1)).containsExactly(new RenewLease(own(1, 0), own(1, 2)));
    }

    @Test
    void shouldWriteNoLeaseTwiceWhereTheStoreFallsBack() {
        for (int times = 1; times <= 3; times++) {
            leader.waits(500);
            leader.gets(new RenewAnswered(Outcome.WRITTEN, own(1, times)));
        }
        leader.waits(500);
        leader.gets(new RenewAnswered(Outcome.LOST, own(1, 1)));
        assertThat(leader.waits(500)).containsExactly(new RenewLease(own(1, 1), own(1, 5)));
    }

    @Test
    void shouldLeadOnWithoutAMajority() {
        Candidate one = Candidate.ofThreeThatSeesThem().leads();
        one.gets(seeing());
        one.waits(60_000);
        assertThat(one.state()).isEqualTo(ElectionState.LEADING);
    }

    @Test
    void shouldStepDownForAHigherTermInTheLease() {
        assertThat(leader.sees(lease(OTHER, 2, 0)))
                .containsExactly(new StepDown("the store has another leader: term 2 of bb"));
        assertStandsBy();
    }

    @Test
    void shouldStepDownWhereItsRenewalFindsAHigherTerm() {
        leader.waits(500);
        leader.gets(new RenewAnswered(Outcome.LOST, lease(OTHER, 2, 3)));
        assertStandsBy();
    }

    @Test
    void shouldStepDownWhereAnotherHoldsItsTerm() {
        leader.sees(lease(OTHER, 1, 0));
        assertStandsBy();
    }

    @Test
    void shouldWriteItsLeaseAgainWhereTheStoreHasLostIt() {
        leader.waits(500);
        assertThat(leader.gets(new RenewAnswered(Outcome.LOST, Lease.NONE)))
                .containsExactly(new RenewLease(Lease.NONE, own(1, 2)));
    }

    @Test
    void shouldWriteItsLeaseOverThatOfALowerTermHoweverOftenThatIsRenewed() {
        Candidate later = Candidate.ofTwo();
        later.sees(lease(OTHER, 4, 9).released());
        later.gets(new TakeAnswered(Outcome.WRITTEN, own(5, 0)));
        later.waits(500);
        assertThat(later.gets(new RenewAnswered(Outcome.LOST, lease(OTHER, 4, 9))))
                .containsExactly(new RenewLease(lease(OTHER, 4, 9), own(5, 2)));
        assertThat(later.gets(new RenewAnswered(Outcome.LOST, lease(OTHER, 4, 10))))
                .containsExactly(new RenewLease(lease(OTHER, 4, 10), own(5, 3)));
    }

    @Test
    void shouldNotAskAStoreThatContradictsItselfWithoutEnd() {
        leader.waits(500);
        leader.gets(new RenewAnswered(Outcome.LOST, Lease.NONE));
        assertThat(leader.gets(new RenewAnswered(Outcome.LOST, Lease.NONE))).isEmpty();
        assertThat(leader.waits(500)).containsExactly(new RenewLease(Lease.NONE, own(1, 3)));
    }

    @Test
    void shouldStepDownOnceAMemberHasPromisedAHigherTermAndThenStandAboveIt() {
        Candidate second = Candidate.thatLeadsAfterAnother();
        assertThat(second.gets(new TermHeard(7)))
                .containsExactly(new StepDown("deposed: a member has promised term 7"));
        assertThat(second.keepsSeeing(own(2, 0), 1500)).containsExactly(new TakeLease(own(2, 0), own(8, 0)));
    }

    /** All replicas were lost with what they knew: the leader that the member followed writes no lease here. */
    @Test
    void shouldStandAgainAtOnceWhereItLedFirstAndAMemberHasPromisedAHigherTerm() {
        leader.gets(new TermHeard(7));
        assertThat(leader.waits(0)).containsExactly(new ReadLease());
        assertThat(leader.sees(own(1, 3))).containsExactly(new TakeLease(own(1, 3), own(8, 0)));
    }

    @Test
    void shouldFollowWhoeverTurnsUpInTheStoreThatItLedFirst() {
        leader.gets(new TermHeard(7));
        leader.sees(lease(OTHER, 7, 4));
        assertThat(leader.keepsSeeing(lease(OTHER, 7, 4), 3900)).isEmpty();
    }

    @Test
    void shouldNotMindALowerPromise() {
        assertThat(leader.gets(new TermHeard(1))).isEmpty();
    }

    @Test
    void shouldStepDownWithItsGroupAndLeaveWhoeverDeposedItTheTimeToWriteTheLease() {
        Candidate second = Candidate.thatLeadsAfterAnother();
        assertThat(second.gets(new Deposed(term(2), "promised"))).containsExactly(new StepDown("deposed: promised"));
        assertThat(second.keepsSeeing(own(2, 0), 1400)).isEmpty();
        assertThat(second.keepsSeeing(lease(OTHER, 2, 0), 3900)).isEmpty();
    }

    @Test
    void shouldNotBeDeposedWithAGroupOfAnEarlierReign() {
        leader.gets(new TermHeard(7));
        leader.keepsSeeing(own(1, 0), 2000);
        leader.gets(new TakeAnswered(Outcome.WRITTEN, own(8, 0)));
        assertThat(leader.gets(new Deposed(term(1), "promised"))).isEmpty();
        assertThat(leader.election().term()).isEqualTo(term(8));
    }

    @Test
    void shouldNotBeMisledByAnswersThatComeLate() {
        assertThat(leader.sees(Lease.NONE)).isEmpty();
        assertThat(leader.gets(new TakeAnswered(Outcome.LOST, Lease.NONE))).isEmpty();
        assertThat(leader.gets(new ReleaseAnswered(Outcome.LOST, Lease.NONE))).isEmpty();
        assertThat(leader.waits(0)).containsExactly(new RenewLease(own(1, 0), own(1, 1)));
    }

    @Test
    void shouldLearnFromTheStoreWhatHappenedWhileItStoodStill() {
        renewsFirst();
        leader.standsStill(4500);
        assertThat(leader.waits(0)).containsExactly(new RenewLease(own(1, 1), own(1, 2)));
        leader.gets(new RenewAnswered(Outcome.LOST, lease(OTHER, 2, 40)));
        assertStandsBy();
        assertThat(leader.keepsSeeing(lease(OTHER, 2, 40), 3900)).isEmpty();
    }

    @Test
    void shouldNotLeadOnWhereItStoodStillForLongerThanItsLeaseLasts() {
        leader.standsStill(4501);
        assertThat(leader.waits(0))
                .containsExactly(
                        new StepDown("this process stood still for longer than its lease lasts"), new ReadLease());
        assertStandsBy();
    }

    @Test
    void shouldStandAgainWhereNobodyTookTheLeaseWhileItStoodStill() {
        leader.standsStill(30_000);
        leader.waits(0);
        assertThat(leader.keepsSeeing(own(1, 0), 2000)).containsExactly(new TakeLease(own(1, 0), own(2, 0)));
    }

    @Test
    void shouldLeadOnAfterAnyPauseWhereThereIsNobodyElse() {
        Candidate alone = Candidate.ofOne().leads();
        alone.standsStill(30_000);
        assertThat(alone.waits(0)).containsExactly(new RenewLease(own(1, 0), own(1, 1)));
    }

    @Test
    void shouldReleaseTheLeaseAndLeadOnUntilItsSuccessorServes() {
        assertThat(leader.gets(new StopAsked())).containsExactly(new ReleaseLease(own(1, 0)));
        leader.gets(new ReleaseAnswered(Outcome.WRITTEN, own(1, 0).released()));
        assertThat(leader.state().leads()).isTrue();
        assertThat(leader.waits(50)).containsExactly(new ReadLease());
        assertThat(leader.sees(lease(OTHER, 2, 0))).isEmpty();
        assertThat(leader.state().leads()).isTrue();
        assertThat(leader.sees(lease(OTHER, 2, 1)))
                .containsExactly(
                        new HandedOver(), new StepDown("handed over: term 2 of bb, renewed 1 times"), new Stopped());
    }

    @Test
    void shouldReleaseAgainWhereARenewalCameBetween() {
        leader.gets(new StopAsked());
        leader.gets(new ReleaseAnswered(Outcome.LOST, own(1, 1)));
        assertThat(leader.waits(50)).containsExactly(new ReleaseLease(own(1, 1)));
    }

    @Test
    void shouldNotWaitForASuccessorForEver() {
        leader.gets(new StopAsked());
        assertThat(leader.waits(1000))
                .containsExactly(new StepDown("nobody has taken the lease in time"), new Stopped());
    }

    @Test
    void shouldNotWaitForASuccessorWhereTheOthersHaveLeftMeanwhile() {
        Candidate one = Candidate.ofThreeThatSeesThem().leads();
        one.gets(new StopAsked());
        assertThat(one.gets(seeing(OTHER))).isEmpty();
        assertThat(one.gets(seeing()))
                .containsExactly(new StepDown("told to stop, and nobody else is left to hand over to"), new Stopped());
    }

    @Test
    void shouldNotWaitForASuccessorWhereThereIsNone() {
        Candidate only = Candidate.ofOne().leads();
        only.gets(new StopAsked());
        assertThat(only.gets(new ReleaseAnswered(Outcome.WRITTEN, own(1, 0).released())))
                .hasSize(2)
                .contains(new Stopped());
    }

    @Test
    void shouldKeepTheLeaseOfAJobThatHasEnded() {
        assertThat(leader.gets(new JobEnded())).containsExactly(new Stopped());
    }
}
