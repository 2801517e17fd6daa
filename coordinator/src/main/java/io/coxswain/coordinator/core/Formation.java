package io.coxswain.coordinator.core;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which of those who are there make a group. Owned by the group that holds it. */
final class Formation {

    private final GroupContext context;
    /** The places that a group without shrinking needs: those of the epoch before, at first all. */
    private Set<Integer> wanted;

    Formation(GroupContext context) {
        this.context = context;
        this.wanted = context.roster.places();
    }

    /** From now on a group needs these places, unless it may shrink. */
    void want(Set<Integer> places) {
        wanted = places;
    }

    void want(List<Seat> members) {
        want(places(members));
    }

    /**
     * The members of the next epoch; null where there are too few. Those alone who were in the one before, where they are enough:
     * newcomers are slower to prepare, and are taken in once the group runs.
     */
    @Nullable
    List<Seat> nextMembers(GroupState state, @Nullable EpochRun before) {
        List<Seat> ready = context.roster.where(seat -> seat.state == SeatState.JOINED);
        List<Seat> survivors = ready.stream()
                .filter(seat -> before != null && before.has(seat))
                .toList();
        if (!survivors.isEmpty() && isComplete(survivors, state)) {
            return survivors;
        }
        return isComplete(ready, state) ? ready : null;
    }

    /** At first all ranks are waited for, and later as the policy says; in no case fewer than are required. */
    private boolean isComplete(List<Seat> ready, GroupState state) {
        if (!isEnough(ready)) {
            return false;
        }
        boolean shrinks = context.config.resilience().onLoss() == OnLoss.SHRINK && state != GroupState.JOINING;
        return shrinks || places(ready).containsAll(wanted);
    }

    /** Whether they are as many as are required. */
    boolean isEnough(List<Seat> ready) {
        long count = switch (context.config.resilience().coordinators()) {
            case SINGLE -> ready.size();
            case REPLICATED -> ready.stream().filter(Seat::countsForQuorum).count();
        };
        return count >= context.config.requiredRanks();
    }

    private static Set<Integer> places(List<Seat> seats) {
        return seats.stream().map(seat -> seat.place).collect(Collectors.toSet());
    }

    /** The places that are missing for a group. */
    List<Seat> missing() {
        return context.roster.where(seat -> !seat.isMember() && wanted.contains(seat.place));
    }

    /** Those who are there and do not count, since a former member of their place may live. */
    List<Seat> uncounted() {
        return switch (context.config.resilience().coordinators()) {
            case SINGLE -> List.of();
            case REPLICATED -> context.roster.where(seat -> seat.isMember() && !seat.countsForQuorum());
        };
    }
}
