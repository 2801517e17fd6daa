package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.election.ElectionState;
import io.coxswain.coordinator.election.Lease;
import io.coxswain.coordinator.replica.ReplicaView;
import io.coxswain.coordinator.store.ReplicaProcess;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Leader;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.Replica;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a replica that does not lead knows of the job. Immutable, thread-safe.
 *
 * @param job the job's name
 * @param worldSize its ranks
 * @param nanoClock the clock by which the age of what it knows is told
 */
record StandbyStatus(String job, int worldSize, LongSupplier nanoClock) {

    private static final String STATE = "standby";
    private static final String UNKNOWN = "unknown";

    /**
     * The answer.
     *
     * @param view null while it knows nothing
     * @param address its own
     */
    GetStatusResponse of(@Nullable ReplicaView view, String address) {
        GetStatusResponse.Builder status = GetStatusResponse.newBuilder()
                .setJob(job)
                .setState(STATE)
                .setStateDetail(detail(view))
                .setWorldSize(worldSize)
                .setReplica(replica(view, address)
                        .setDataAgeNanos(view == null ? 0 : Math.max(0, nanoClock.getAsLong() - view.readNanos())));
        Map<Integer, JobMemory.PlaceMemory> places = new TreeMap<>();
        if (view != null) {
            Lease lease = view.store().lease();
            ReplicaProcess leader = view.store().leader();
            if (leader != null) {
                status.setTerm(ControlEncoder.term(new TermId(lease.term(), lease.holder())))
                        .setLeader(leader(leader));
            }
            JobMemory memory = view.store().memory();
            status.setRestarts(memory.restarts().granted());
            memory.places().forEach(place -> places.put(place.place(), place));
        }
        for (int place = 0; place < worldSize; place++) {
            status.addRanks(rank(place, places.get(place)));
        }
        return status.build();
    }

    private static String detail(@Nullable ReplicaView view) {
        ReplicaProcess leader = view == null ? null : view.store().leader();
        return "this coordinator stands by; " + (leader == null ? "it knows of no leader" : "the leader is " + leader);
    }

    private static RankStatus rank(int place, JobMemory.@Nullable PlaceMemory memory) {
        RankStatus.Builder rank = RankStatus.newBuilder().setPlace(place).setState(UNKNOWN);
        if (memory != null && memory.latest() != null) {
            rank.setAttempt(memory.latest().attempt());
        }
        return rank.build();
    }

    private static Leader leader(ReplicaProcess process) {
        return Leader.newBuilder()
                .setHost(process.host())
                .setPid((int) process.pid())
                .setAddress(process.address())
                .build();
    }

    /** Who answers; whoever leads without replicas has no view. */
    static Replica.Builder replica(@Nullable ReplicaView view, String address) {
        Replica.Builder replica = Replica.newBuilder().setAddress(address);
        if (view == null) {
            return replica.setElection(name(ElectionState.STANDBY)).setWanted(1);
        }
        view.replicas().seen().forEach(seen -> replica.addSeen(seen.process().address()));
        return replica.setElection(name(view.election()))
                .setWanted(view.replicas().wanted());
    }

    private static String name(ElectionState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
