package io.coxswain.coordinator.observe;

import io.coxswain.v1.Epoch;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Lateness;
import io.coxswain.v1.Leader;
import io.coxswain.v1.Phase;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.Term;

/** Answers of a coordinator. */
final class Statuses {
    private static final Term TERM = Term.newBuilder()
            .setNumber(2)
            .setCoordinatorId(0xfedc_ba98_7654_3210L)
            .build();

    private Statuses() {}

    /** Two of three ranks run, the third is lost. */
    static GetStatusResponse failed() {
        return GetStatusResponse.newBuilder()
                .setJob("train")
                .setTerm(TERM)
                .setEpoch(Epoch.newBuilder().setCreatingTerm(TERM).setNumber(7))
                .setStep(4_000_000_000L)
                .setState("failed")
                .setStateDetail("rank 2 was lost")
                .setLeader(Leader.newBuilder().setHost("node0").setPid(4711).setAddress("10.0.0.1:29500"))
                .setWorldSize(3)
                .addRanks(rank(0))
                .addRanks(rank(1))
                .addRanks(rank(2).toBuilder().setState("lost").setDetail("killed by signal 9"))
                .setRunDecisions(90)
                .setIdleDecisions(10)
                .setRealTokens(750)
                .setPaddedTokens(1000)
                .addCulprits(2)
                .putRefusals("stale_step", 3)
                .putRefusals("contradiction", 1)
                .setEpochsStarted(4)
                .setEpochsAborted(3)
                .setRestarts(2)
                .build();
    }

    /** Nobody has come but place 1, and nothing was prepared yet. */
    static GetStatusResponse joining() {
        return GetStatusResponse.newBuilder()
                .setJob("train")
                .setTerm(TERM)
                .setState("joining")
                .setWorldSize(2)
                .addRanks(
                        RankStatus.newBuilder().setPlace(0).setState("missing").setDetail("never came"))
                .addRanks(RankStatus.newBuilder()
                        .setPlace(1)
                        .setState("joined")
                        .setHost("node1")
                        .setPid(12)
                        .setLastMessageAgeNanos(1_500_000)
                        .setPhase(Phase.PHASE_OUTSIDE))
                .build();
    }

    private static RankStatus rank(int rank) {
        return RankStatus.newBuilder()
                .setPlace(rank)
                .setRank(rank)
                .setState("running")
                .setHost("node" + rank)
                .setPid(100 + rank)
                .setDevice("cpu")
                .setAttempt(1)
                .setLastStep(3_999_999_999L)
                .setNumTokens(16)
                .setNumRequests(4)
                .setLastMessageAgeNanos(250_000_000)
                .setPhase(Phase.PHASE_LAUNCHED)
                .setLateness(Lateness.newBuilder()
                        .setP50Nanos(1_500)
                        .setP99Nanos(20_250)
                        .setMaxNanos(1_000_000)
                        .setCount(90))
                .build();
    }
}
