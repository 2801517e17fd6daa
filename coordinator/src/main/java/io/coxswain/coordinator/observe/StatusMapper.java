package io.coxswain.coordinator.observe;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Lateness;
import io.coxswain.v1.Phase;
import io.coxswain.v1.RankStatus;
import java.util.HexFormat;
import java.util.TreeMap;

/** From the coordinator's answer to what is printed. Stateless. */
final class StatusMapper {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_SECOND = 1e9;

    private StatusMapper() {}

    static JobStatus jobStatus(GetStatusResponse response) {
        return new JobStatus(
                response.getJob(),
                response.getTerm().getNumber(),
                HexFormat.of().toHexDigits(response.getTerm().getCoordinatorId()),
                response.hasEpoch() ? response.getEpoch().getNumber() : null,
                response.getStep(),
                response.getState(),
                response.getStateDetail(),
                response.hasLeader() ? leader(response.getLeader()) : null,
                response.getWorldSize(),
                response.getRanksList().stream().map(StatusMapper::rank).toList(),
                response.getRunDecisions(),
                response.getIdleDecisions(),
                response.getRealTokens(),
                response.getPaddedTokens(),
                response.getCulpritsList(),
                response.getRefusalsMap(),
                response.getWaitingFor(),
                response.getEpochsStarted(),
                response.getEpochsAborted(),
                response.getRestarts(),
                response.getReplica().getDataAgeNanos() / NANOS_PER_SECOND);
    }

    private static JobStatus.Leader leader(io.coxswain.v1.Leader leader) {
        return new JobStatus.Leader(leader.getHost(), leader.getPid(), leader.getAddress());
    }

    private static JobStatus.Rank rank(RankStatus status) {
        return new JobStatus.Rank(
                status.hasRank() ? status.getRank() : status.getPlace(),
                status.getPlace(),
                status.getHost(),
                status.getPid(),
                status.getState(),
                status.hasLastStep() ? status.getLastStep() : null,
                status.getNumTokens(),
                status.getNumRequests(),
                status.hasLastMessageAgeNanos() ? status.getLastMessageAgeNanos() / NANOS_PER_SECOND : null,
                phase(status.getPhase()),
                status.getDevice(),
                status.getAttempt(),
                latenessUs(status.getLateness()),
                status.getLate(),
                status.getDetail(),
                new TreeMap<>(status.getLabelsMap()));
    }

    private static String phase(Phase phase) {
        return switch (phase) {
            case PHASE_OUTSIDE -> "outside";
            case PHASE_REPORTED -> "reported";
            case PHASE_DECIDED -> "decided";
            case PHASE_LAUNCHED -> "launched";
            case PHASE_DONE -> "done";
            case PHASE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
        };
    }

    private static JobStatus.LatenessUs latenessUs(Lateness lateness) {
        return new JobStatus.LatenessUs(
                lateness.getP50Nanos() / NANOS_PER_MICRO,
                lateness.getP99Nanos() / NANOS_PER_MICRO,
                lateness.getMaxNanos() / NANOS_PER_MICRO,
                lateness.getCount());
    }
}
