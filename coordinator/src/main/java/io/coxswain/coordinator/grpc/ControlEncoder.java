package io.coxswain.coordinator.grpc;

import com.google.protobuf.ByteString;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.MemberId;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.v1.Abort;
import io.coxswain.v1.CommunicatorId;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.CoordinatorHeartbeat;
import io.coxswain.v1.DrainRefused;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.JobEnded;
import io.coxswain.v1.Member;
import io.coxswain.v1.Membership;
import io.coxswain.v1.RankInfo;
import io.coxswain.v1.Refused;
import io.coxswain.v1.Start;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;

/** Turns what the core says on control streams into messages. Immutable and thread-safe. */
final class ControlEncoder implements ControlMessage.Visitor<ControlDown> {

    private final String stepSocketPath;

    /** An encoder whose welcomes name a Unix socket; empty for none. */
    ControlEncoder(String stepSocketPath) {
        this.stepSocketPath = stepSocketPath;
    }

    static Term term(TermId term) {
        return Term.newBuilder()
                .setNumber(term.number())
                .setCoordinatorId(term.coordinatorId())
                .build();
    }

    static Epoch epoch(EpochId epoch) {
        return Epoch.newBuilder()
                .setCreatingTerm(term(epoch.creatingTerm()))
                .setNumber(epoch.number())
                .build();
    }

    static Member member(MemberId member) {
        return Member.newBuilder()
                .setId(member.id())
                .setAttempt(member.attempt())
                .build();
    }

    @Override
    public ControlDown onWelcome(ControlMessage.Welcome message) {
        return ControlDown.newBuilder()
                .setWelcome(Welcome.newBuilder()
                        .setTerm(term(message.term()))
                        .setPlace(message.place())
                        .setAttempt(message.attempt())
                        .setHeartbeatIntervalNanos(message.timeouts().heartbeatIntervalNanos())
                        .setHeartbeatTimeoutNanos(message.timeouts().heartbeatTimeoutNanos())
                        .setOrphanTimeoutNanos(message.timeouts().reattachNanos())
                        .setStepSocketPath(stepSocketPath))
                .build();
    }

    @Override
    public ControlDown onRefused(ControlMessage.Refused message) {
        Refused.Kind kind = switch (message.kind()) {
            case PLACE_TAKEN -> Refused.Kind.KIND_PLACE_TAKEN;
            case WRONG_JOB -> Refused.Kind.KIND_WRONG_JOB;
            case SETTINGS_DIFFER -> Refused.Kind.KIND_SETTINGS_DIFFER;
            case INVALID -> Refused.Kind.KIND_INVALID;
            case ENDED -> Refused.Kind.KIND_ENDED;
            case LOST -> Refused.Kind.KIND_LOST;
            case STALE_TERM -> Refused.Kind.KIND_STALE_TERM;
        };
        return ControlDown.newBuilder()
                .setRefused(Refused.newBuilder().setKind(kind).setReason(message.reason()))
                .build();
    }

    @Override
    public ControlDown onHeartbeat(ControlMessage.Heartbeat message) {
        return ControlDown.newBuilder()
                .setHeartbeat(CoordinatorHeartbeat.newBuilder().setTerm(term(message.term())))
                .build();
    }

    @Override
    public ControlDown onMembership(ControlMessage.Membership message) {
        Membership.Builder membership = Membership.newBuilder()
                .setTerm(term(message.term()))
                .setEpoch(epoch(message.epoch()))
                .setPrepareTimeoutNanos(message.prepareTimeoutNanos());
        EpochId replaces = message.replaces();
        if (replaces != null) {
            membership.setReplaces(epoch(replaces));
        }
        for (ControlMessage.RankInfo rank : message.ranks()) {
            membership.addRanks(RankInfo.newBuilder()
                    .setPlace(rank.place())
                    .setMember(member(rank.member()))
                    .setHost(rank.origin().host())
                    .setDevice(rank.origin().device())
                    .setCollectiveAddress(rank.origin().collectiveAddress()));
        }
        return ControlDown.newBuilder().setMembership(membership).build();
    }

    @Override
    public ControlDown onCommunicatorId(ControlMessage.CommunicatorId message) {
        return ControlDown.newBuilder()
                .setCommunicatorId(CommunicatorId.newBuilder()
                        .setEpoch(epoch(message.epoch()))
                        .setId(ByteString.copyFrom(message.id().toByteArray())))
                .build();
    }

    @Override
    public ControlDown onStart(ControlMessage.Start message) {
        return ControlDown.newBuilder()
                .setStart(Start.newBuilder().setTerm(term(message.term())).setEpoch(epoch(message.epoch())))
                .build();
    }

    @Override
    public ControlDown onAbort(ControlMessage.Abort message) {
        return ControlDown.newBuilder()
                .setAbort(Abort.newBuilder()
                        .setTerm(term(message.term()))
                        .setEpoch(epoch(message.epoch()))
                        .addAllCulprits(message.verdict().culprits())
                        .setReason(message.verdict().reason()))
                .build();
    }

    @Override
    public ControlDown onDrainRefused(ControlMessage.DrainRefused message) {
        return ControlDown.newBuilder()
                .setDrainRefused(DrainRefused.newBuilder().setReason(message.reason()))
                .build();
    }

    @Override
    public ControlDown onJobEnded(ControlMessage.JobEnded message) {
        JobEnded.Outcome outcome = message.outcome() == GroupState.STOPPED
                ? JobEnded.Outcome.OUTCOME_STOPPED
                : JobEnded.Outcome.OUTCOME_FAILED;
        return ControlDown.newBuilder()
                .setJobEnded(JobEnded.newBuilder()
                        .setOutcome(outcome)
                        .setReason(message.verdict().reason())
                        .addAllCulprits(message.verdict().culprits()))
                .build();
    }
}
