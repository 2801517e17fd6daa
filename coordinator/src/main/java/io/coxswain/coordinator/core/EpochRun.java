package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One epoch on its way: its members by rank, who of them is prepared, and its steps once it runs. Owned by its group. */
@SuppressWarnings("ReferenceEquality") // a seat is itself and nothing else
final class EpochRun {

    private final EpochId id;
    private final List<Seat> members;
    private final Map<Seat, Integer> ranks = new HashMap<>();
    private final boolean[] prepared;
    private int preparedCount;
    private @Nullable OpaqueBytes communicatorId;
    private @Nullable StepBarrier barrier;
    private Attachment.@Nullable LastDecision recovered;

    /** @param members by rank */
    EpochRun(EpochId id, List<Seat> members) {
        this.id = id;
        this.members = List.copyOf(members);
        this.prepared = new boolean[members.size()];
        for (int rank = 0; rank < members.size(); rank++) {
            ranks.put(members.get(rank), rank);
        }
    }

    EpochId id() {
        return id;
    }

    /** By rank. */
    List<Seat> members() {
        return members;
    }

    /** The rank of a place's member, or -1 where it is none. */
    int rankOf(Seat seat) {
        return ranks.getOrDefault(seat, Seat.NO_RANK);
    }

    boolean has(Seat seat) {
        return rankOf(seat) >= 0;
    }

    /** Who makes the communicator id. */
    boolean isRankZero(Seat seat) {
        return members.get(0) == seat;
    }

    @Nullable
    OpaqueBytes communicatorId() {
        return communicatorId;
    }

    void communicatorId(OpaqueBytes made) {
        communicatorId = made;
    }

    /** Notes that a member is prepared; whether all are by now. */
    boolean prepare(Seat seat) {
        int rank = rankOf(seat);
        if (rank >= 0 && !prepared[rank]) {
            prepared[rank] = true;
            preparedCount++;
        }
        return isPrepared();
    }

    boolean isPrepared() {
        return preparedCount == prepared.length;
    }

    boolean isPrepared(Seat seat) {
        int rank = rankOf(seat);
        return rank >= 0 && prepared[rank];
    }

    List<Seat> unprepared() {
        List<Seat> late = new ArrayList<>();
        for (int rank = 0; rank < prepared.length; rank++) {
            if (!prepared[rank]) {
                late.add(members.get(rank));
            }
        }
        return late;
    }

    List<ControlMessage.RankInfo> rankInfos() {
        return members.stream()
                .map(seat -> new ControlMessage.RankInfo(
                        seat.place, seat.occupant().member(), seat.occupant().origin()))
                .toList();
    }

    /** The steps; only once the epoch has started. */
    StepBarrier barrier() {
        if (barrier == null) {
            throw new IllegalStateException("epoch " + id + " has not started");
        }
        return barrier;
    }

    boolean hasStarted() {
        return barrier != null;
    }

    void start(StepBarrier steps) {
        barrier = steps;
    }

    /** Goes on where the epoch was under an earlier coordinator. */
    void resume(StepBarrier steps, Attachment.@Nullable LastDecision last) {
        barrier = steps;
        recovered = last;
    }

    /** The last decision that any member of an inherited epoch has accepted; null where the epoch is not inherited. */
    Attachment.@Nullable LastDecision recovered() {
        return recovered;
    }

    CapturedSet[] captured() {
        CapturedSet[] captured = new CapturedSet[members.size()];
        for (int rank = 0; rank < captured.length; rank++) {
            captured[rank] = members.get(rank).captured;
        }
        return captured;
    }
}
