package io.coxswain.coordinator.election;

import static io.coxswain.coordinator.election.Candidate.OTHER;
import static io.coxswain.coordinator.election.Candidate.THIRD;
import static io.coxswain.coordinator.election.Candidate.lease;
import static io.coxswain.coordinator.election.Candidate.own;
import static io.coxswain.coordinator.election.Candidate.seeing;
import static io.coxswain.coordinator.election.Candidate.term;
import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.election.ElectionEffect.Lead;
import io.coxswain.coordinator.election.ElectionEffect.ReadLease;
import io.coxswain.coordinator.election.ElectionEffect.Stopped;
import io.coxswain.coordinator.election.ElectionEffect.TakeLease;
import io.coxswain.coordinator.election.ElectionInput.HolderGone;
import io.coxswain.coordinator.election.ElectionInput.JobEnded;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.ElectionInput.StopAsked;
import io.coxswain.coordinator.election.ElectionInput.StoreFailed;
import io.coxswain.coordinator.election.ElectionInput.TakeAnswered;
import io.coxswain.coordinator.election.ElectionInput.TermHeard;
import io.coxswain.coordinator.election.ElectionInput.Tick;
import org.junit.jupiter.api.Test;

/** When a standby stands, and when it does not. */
class ElectionStandbyTest {

    private static final Lease HELD = lease(OTHER, 3, 7);

    private final Candidate candidate = Candidate.ofTwo();

    @Test
    void shouldReadTheLeaseAtOnceAndThenAsOftenAsItIsRenewed() {
        assertThat(candidate.gets(new Tick())).containsExactly(new ReadLease());
        candidate.sees(HELD);
        assertThat(candidate.waits(499)).isEmpty();
        assertThat(candidate.waits(1)).containsExactly(new ReadLease());
    }

    @Test
    void shouldStandAtOnceWhereNobodyHasLedYet() {
        assertThat(candidate.sees(Lease.NONE)).containsExactly(new TakeLease(Lease.NONE, own(1, 0)));
    }

    @Test
    void shouldStandAtOnceWhereTheLeaseIsReleased() {
        candidate.sees(HELD);
        assertThat(candidate.sees(HELD.released())).containsExactly(new TakeLease(HELD.released(), own(4, 0)));
    }

    @Test
    void shouldLeadOnceTheLeaseIsWritten() {
        candidate.sees(Lease.NONE);
        assertThat(candidate.gets(new TakeAnswered(Outcome.WRITTEN, own(1, 0)))).containsExactly(new Lead(term(1)));
        assertThat(candidate.state()).isEqualTo(ElectionState.LEADING);
        assertThat(candidate.election().term()).isEqualTo(term(1));
    }

    @Test
    void shouldFollowWhoeverIsQuicker() {
        candidate.sees(Lease.NONE);
        assertThat(candidate.gets(new TakeAnswered(Outcome.LOST, lease(OTHER, 1, 0))))
                .isEmpty();
        assertThat(candidate.state()).isEqualTo(ElectionState.STANDBY);
    }

    @Test
    void shouldStandAtOnceWhereTheHolderIsGone() {
        candidate.sees(HELD);
        assertThat(candidate.gets(new HolderGone(OTHER))).containsExactly(new TakeLease(HELD, own(4, 0)));
    }

    @Test
    void shouldNotMindThatAnotherStandbyIsGone() {
        candidate.sees(HELD);
        assertThat(candidate.gets(new HolderGone(THIRD))).isEmpty();
    }

    @Test
    void shouldTryAgainWhereTheGoneHolderHadRenewedOnceMore() {
        candidate.sees(HELD);
        candidate.gets(new HolderGone(OTHER));
        assertThat(candidate.gets(new TakeAnswered(Outcome.LOST, HELD.renewed())))
                .containsExactly(new TakeLease(HELD.renewed(), own(5, 0)));
    }

    @Test
    void shouldNotTakeALaggingCopyOfTheStoreForTheGoneHoldersWork() {
        candidate.sees(HELD.renewed());
        candidate.gets(new HolderGone(OTHER));
        candidate.gets(new StoreFailed("no answer"));
        candidate.sees(HELD);
        assertThat(candidate.gets(new TakeAnswered(Outcome.LOST, HELD.renewed())))
                .containsExactly(new TakeLease(HELD.renewed(), own(6, 0)));
    }

    @Test
    void shouldStandAboveItsOwnLeaseThatWasWrittenTooLate() {
        candidate.sees(HELD);
        candidate.gets(new HolderGone(OTHER));
        candidate.gets(new StoreFailed("no answer"));
        candidate.sees(HELD);
        assertThat(candidate.gets(new TakeAnswered(Outcome.LOST, own(4, 0))))
                .containsExactly(new TakeLease(own(4, 0), own(6, 0)));
    }

    @Test
    void shouldNotTakeForGoneWhoGoesOnRenewing() {
        candidate.sees(HELD);
        candidate.gets(new HolderGone(OTHER));
        candidate.gets(new TakeAnswered(Outcome.LOST, HELD.renewed()));
        assertThat(candidate.gets(new TakeAnswered(Outcome.LOST, HELD.renewed().renewed())))
                .isEmpty();
        assertThat(candidate.state()).isEqualTo(ElectionState.STANDBY);
    }

    @Test
    void shouldStandWhereTheRenewalsStandStillForTheTimeToLive() {
        assertThat(candidate.keepsSeeing(HELD, 3900)).isEmpty();
        assertThat(candidate.keepsSeeing(HELD, 100)).containsExactly(new TakeLease(HELD, own(4, 0)));
    }

    @Test
    void shouldFollowAHolderThatRenews() {
        Lease lease = HELD;
        for (int times = 0; times < 20; times++) {
            assertThat(candidate.keepsSeeing(lease, 900)).isEmpty();
            lease = lease.renewed();
        }
    }

    @Test
    void shouldNotTakeASilentStoreForASilentHolder() {
        candidate.sees(HELD);
        candidate.waits(60_000);
        assertThat(candidate.state()).isEqualTo(ElectionState.STANDBY);
        assertThat(candidate.sees(HELD.renewed())).isEmpty();
    }

    @Test
    void shouldJudgeNobodyByATimeInWhichItStoodStillItself() {
        candidate.keepsSeeing(HELD, 2000);
        candidate.standsStill(60_000);
        assertThat(candidate.sees(HELD)).isEmpty();
        assertThat(candidate.gets(new HolderGone(OTHER))).isEmpty();
        assertThat(candidate.keepsSeeing(HELD, 3900)).isEmpty();
        assertThat(candidate.keepsSeeing(HELD, 200)).containsExactly(new TakeLease(HELD, own(4, 0)));
    }

    @Test
    void shouldTakeATermAboveAllThatMembersHavePromised() {
        candidate.gets(new TermHeard(9));
        candidate.keepsSeeing(Lease.NONE, 2000);
        assertThat(candidate.state()).isEqualTo(ElectionState.STANDING);
        assertThat(candidate.gets(new TakeAnswered(Outcome.WRITTEN, own(10, 0))))
                .containsExactly(new Lead(term(10)));
    }

    @Test
    void shouldStandAgainWhereAHigherTermIsHeardOfMeanwhile() {
        candidate.sees(Lease.NONE);
        candidate.gets(new TermHeard(5));
        assertThat(candidate.gets(new TakeAnswered(Outcome.WRITTEN, own(1, 0))))
                .containsExactly(new TakeLease(own(1, 0), own(6, 0)));
    }

    @Test
    void shouldLeaveALeaderTheTimeToWriteItsLeaseAgainWhereTheStoreHasLostIt() {
        candidate.sees(HELD);
        assertThat(candidate.keepsSeeing(Lease.NONE, 1400)).isEmpty();
        assertThat(candidate.sees(HELD.renewed())).isEmpty();
    }

    @Test
    void shouldStandWhereNobodyWritesALostLeaseAgain() {
        candidate.sees(HELD);
        assertThat(candidate.keepsSeeing(Lease.NONE, 1500)).containsExactly(new TakeLease(Lease.NONE, own(4, 0)));
    }

    @Test
    void shouldReadAgainWhereTheStoreFailsToAnswer() {
        candidate.sees(Lease.NONE);
        candidate.gets(new StoreFailed("no partition"));
        assertThat(candidate.state()).isEqualTo(ElectionState.STANDBY);
        assertThat(candidate.waits(0)).containsExactly(new ReadLease());
    }

    @Test
    void shouldNotWaitForAnAnswerForEver() {
        candidate.sees(Lease.NONE);
        candidate.waits(2000);
        assertThat(candidate.state()).isEqualTo(ElectionState.STANDBY);
    }

    @Test
    void shouldNotLeadByAnAnswerThatComesWhenItStandsNoMore() {
        candidate.sees(Lease.NONE);
        candidate.waits(2000);
        assertThat(candidate.gets(new TakeAnswered(Outcome.WRITTEN, own(1, 0)))).isEmpty();
        assertThat(candidate.keepsSeeing(own(1, 0), 1500)).containsExactly(new TakeLease(own(1, 0), own(2, 0)));
    }

    @Test
    void shouldNotLeadByAnAnswerToWhatItAskedBefore() {
        candidate.sees(Lease.NONE);
        candidate.waits(2000);
        assertThat(candidate.keepsSeeing(Lease.NONE, 2000)).containsExactly(new TakeLease(Lease.NONE, own(2, 0)));
        assertThat(candidate.gets(new TakeAnswered(Outcome.WRITTEN, own(1, 0)))).isEmpty();
        assertThat(candidate.state()).isEqualTo(ElectionState.STANDING);
        assertThat(candidate.gets(new TakeAnswered(Outcome.LOST, own(1, 0))))
                .containsExactly(new TakeLease(own(1, 0), own(3, 0)));
    }

    @Test
    void shouldNotStandWithoutAMajorityOfThree() {
        Candidate lonely = Candidate.ofThree();
        assertThat(lonely.keepsSeeing(HELD, 10_000)).isEmpty();
        assertThat(lonely.gets(new HolderGone(OTHER))).isEmpty();
        assertThat(lonely.sees(HELD.released())).isEmpty();
    }

    @Test
    void shouldNotCountAHolderThatIsGoneThoughTheStoreStillSeesIt() {
        Candidate one = Candidate.ofThree();
        one.gets(seeing(OTHER));
        one.sees(HELD);
        assertThat(one.gets(new HolderGone(OTHER))).isEmpty();
        one.gets(seeing(OTHER, THIRD));
        assertThat(one.sees(HELD)).containsExactly(new TakeLease(HELD, own(4, 0)));
    }

    @Test
    void shouldNotCountAHolderThatDoesNotRenew() {
        Candidate one = Candidate.ofThree();
        one.gets(seeing(OTHER));
        assertThat(one.keepsSeeing(HELD, 10_000)).isEmpty();
        assertThat(one.state()).isEqualTo(ElectionState.STANDBY);
    }

    @Test
    void shouldCountAHolderThatHasReleasedTheLease() {
        Candidate one = Candidate.ofThree();
        one.gets(seeing(OTHER));
        assertThat(one.sees(HELD.released())).containsExactly(new TakeLease(HELD.released(), own(4, 0)));
    }

    @Test
    void shouldReadTheLeaseAgainOnceThereIsAMajority() {
        Candidate lonely = Candidate.ofThree();
        lonely.keepsSeeing(HELD.released(), 10_000);
        assertThat(lonely.gets(seeing(THIRD))).containsExactly(new ReadLease());
        assertThat(lonely.sees(HELD.released())).containsExactly(new TakeLease(HELD.released(), own(4, 0)));
    }

    @Test
    void shouldGiveUpStandingWithItsMajority() {
        Candidate one = Candidate.ofThreeThatSeesThem();
        one.sees(Lease.NONE);
        one.gets(seeing());
        assertThat(one.gets(new TakeAnswered(Outcome.WRITTEN, own(1, 0)))).isEmpty();
        assertThat(one.state()).isEqualTo(ElectionState.STANDBY);
    }

    @Test
    void shouldJustStopWhereItIsToldTo() {
        candidate.sees(HELD);
        assertThat(candidate.gets(new StopAsked())).containsExactly(new Stopped());
        assertThat(candidate.sees(HELD.released())).isEmpty();
        assertThat(candidate.election().nextTickNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldNotStandForAJobThatHasEnded() {
        candidate.sees(HELD);
        assertThat(candidate.gets(new JobEnded())).containsExactly(new Stopped());
        assertThat(candidate.gets(new HolderGone(OTHER))).isEmpty();
    }
}
