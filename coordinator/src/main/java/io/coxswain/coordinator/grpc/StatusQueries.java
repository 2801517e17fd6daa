package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.GroupSnapshot;
import io.coxswain.coordinator.core.Hello;
import io.coxswain.coordinator.replica.ReplicaView;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Lateness;
import io.coxswain.v1.Leader;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.Phase;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.WatchMembersRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Locale;

/** The status service. Called on the engine's event loop only. */
final class StatusQueries extends StatusServiceGrpc.StatusServiceImplBase {

    private final Helm helm;
    private final StandbyStatus standby;
    /** Set once, by the thread that binds the sockets: the port is known only then. */
    private volatile Leader self = Leader.getDefaultInstance();

    /**
     * @param standby what is answered while this coordinator does not lead
     */
    StatusQueries(Helm helm, StandbyStatus standby) {
        this.helm = helm;
        this.standby = standby;
    }

    @Override
    public void watchMembers(WatchMembersRequest request, StreamObserver<MembersUpdate> updates) {
        LeaderDesk desk = helm.desk();
        if (desk == null) {
            updates.onError(helm.unavailable().asRuntimeException());
        } else {
            desk.watchers().add((ServerCallStreamObserver<MembersUpdate>) updates);
        }
    }

    void announce(Leader process) {
        self = process;
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> response) {
        LeaderDesk desk = helm.desk();
        ReplicaView view = helm.view();
        response.onNext(
                desk == null
                        ? standby.of(view, self.getAddress())
                        : status(desk.engine().snapshot())
                                .setReplica(StandbyStatus.replica(view, self.getAddress())
                                        .setIsLeader(true)
                                        .setDataAgeNanos(0))
                                .build());
        response.onCompleted();
    }

    private GetStatusResponse.Builder status(GroupSnapshot snapshot) {
        GroupSnapshot.Position position = snapshot.position();
        GroupSnapshot.Counters counters = snapshot.counters();
        GroupSnapshot.Decisions decisions = counters.decisions();
        GetStatusResponse.Builder status = GetStatusResponse.newBuilder()
                .setJob(snapshot.job())
                .setTerm(ControlEncoder.term(position.term()))
                .setStep(position.step())
                .setState(lower(position.state()))
                .setStateDetail(position.verdict().reason())
                .setLeader(self)
                .setWorldSize(snapshot.ranks().size())
                .setWaitingFor(position.waitingFor())
                .setRunDecisions(decisions.run())
                .setIdleDecisions(decisions.idle())
                .setRealTokens(decisions.realTokens())
                .setPaddedTokens(decisions.paddedTokens())
                .putAllDescriptors(decisions.descriptors())
                .setEpochsStarted(counters.changes().epochsStarted())
                .setEpochsAborted(counters.changes().epochsAborted())
                .setRestarts(counters.changes().restarts())
                .addAllCulprits(position.verdict().culprits())
                .putAllRefusals(counters.refusals());
        decisions.graphModes().forEach((mode, count) -> status.putGraphModes(mode.name(), count));
        EpochId epoch = position.epoch();
        if (epoch != null) {
            status.setEpoch(ControlEncoder.epoch(epoch));
        }
        for (GroupSnapshot.RankView rank : snapshot.ranks()) {
            status.addRanks(rank(rank));
        }
        return status;
    }

    private static RankStatus rank(GroupSnapshot.RankView view) {
        RankStatus.Builder rank = RankStatus.newBuilder()
                .setPlace(view.place())
                .setState(lower(view.state()))
                .setPhase(phase(view.phase()))
                .setLateness(lateness(view.lateness()))
                .setLate(view.late())
                .setDetail(view.detail());
        Hello occupant = view.occupant();
        if (occupant != null) {
            rank.setHost(occupant.origin().host())
                    .setPid(occupant.origin().pid())
                    .setDevice(occupant.origin().device())
                    .setAttempt(occupant.member().attempt())
                    .putAllLabels(occupant.origin().labels());
        }
        if (view.rank() >= 0) {
            rank.setRank(view.rank());
        }
        if (view.report().step() >= 0) {
            rank.setLastStep(view.report().step())
                    .setNumTokens(view.report().numTokens())
                    .setNumRequests(view.report().numRequests());
        }
        if (view.lastMessageAgeNanos() >= 0) {
            rank.setLastMessageAgeNanos(view.lastMessageAgeNanos());
        }
        return rank.build();
    }

    private static Lateness lateness(GroupSnapshot.Lateness lateness) {
        return Lateness.newBuilder()
                .setP50Nanos(lateness.p50Nanos())
                .setP99Nanos(lateness.p99Nanos())
                .setMaxNanos(lateness.maxNanos())
                .setCount(lateness.count())
                .build();
    }

    private static Phase phase(io.coxswain.coordinator.core.Phase phase) {
        return switch (phase) {
            case OUTSIDE -> Phase.PHASE_OUTSIDE;
            case REPORTED -> Phase.PHASE_REPORTED;
            case DECIDED -> Phase.PHASE_DECIDED;
            case LAUNCHED -> Phase.PHASE_LAUNCHED;
            case DONE -> Phase.PHASE_DONE;
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
