package io.coxswain.sim;

import io.coxswain.coordinator.election.ElectionEffect;
import io.coxswain.coordinator.election.ElectionInput;
import io.coxswain.coordinator.election.Lease;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * A store that is available rather than consistent. What it is asked is done by the replica that owns the lease, when that is
 * at work, and lost with it; what it answers takes its time, and at bad times fails or is lost.
 */
final class SimStore {

    private static final long TTL = 4 * Times.SECOND;
    /** What a standby's clock may be wrong by is more than made up for. */
    private static final long LEAST_REST = TTL * 9 / 10;

    private static final int LEAST_MICROS = 100;
    private static final int SPREAD_MICROS = 2000;
    private static final int LATE_MILLIS = 5000;

    private final Simulation world;
    private final SplittableRandom random;
    private final StoreMembers members;
    private final Map<SimReplica, Long> silentUntilNanos = new HashMap<>();
    private long troubleUntilNanos;

    SimStore(Simulation world, SplittableRandom random) {
        this.world = world;
        this.random = random;
        this.members = new StoreMembers(world, random);
    }

    SplittableRandom random() {
        return random;
    }

    StoreMembers members() {
        return members;
    }

    void join(SimReplica replica) {
        members.join(replica);
    }

    /** For a while it answers late, fails, or does not answer. */
    void trouble(long nanos) {
        troubleUntilNanos = Math.max(troubleUntilNanos, world.events().now() + nanos);
    }

    /** For a while it answers one replica nothing. */
    void silence(SimReplica asker, long nanos) {
        silentUntilNanos.put(asker, world.events().now() + nanos);
    }

    void read(SimReplica asker) {
        ask(asker, copy -> new ElectionInput.LeaseSeen(copy.lease()));
    }

    void take(SimReplica asker, ElectionEffect.TakeLease effect) {
        write(asker, copy -> {
            Lease before = copy.lease();
            long writtenNanos = copy.writtenNanos();
            ElectionInput.Outcome outcome =
                    copy.swap(effect.expected(), effect.next(), world.events().now());
            if (outcome == ElectionInput.Outcome.WRITTEN) {
                checkTake(asker, before, writtenNanos);
            }
            return new ElectionInput.TakeAnswered(outcome, copy.lease());
        });
    }

    private void checkTake(SimReplica taker, Lease before, long writtenNanos) {
        boolean isVacant =
                before.isReleased() || before.holder() == taker.id() || members.isHeldForGone(before.holder());
        if (!isVacant && world.events().now() - writtenNanos < LEAST_REST) {
            throw new Violation(
                    Invariant.LEASE,
                    taker + " takes the lease of " + before + ", which was written at " + Times.seconds(writtenNanos));
        }
    }

    void renew(SimReplica asker, ElectionEffect.RenewLease effect) {
        write(
                asker,
                copy -> new ElectionInput.RenewAnswered(
                        copy.swap(
                                effect.expected(), effect.next(), world.events().now()),
                        copy.lease()));
    }

    void release(SimReplica asker, ElectionEffect.ReleaseLease effect) {
        Lease next = effect.expected().released();
        write(
                asker,
                copy -> new ElectionInput.ReleaseAnswered(
                        copy.swap(effect.expected(), next, world.events().now()), copy.lease()));
    }

    /** Of three or more, those that do not see a majority may not write. */
    private void write(SimReplica asker, Function<StoreCopy, ElectionInput> work) {
        ask(
                asker,
                copy -> world.scenario().needsMajority() && !world.scenario().isMajority(copy.members.size())
                        ? new ElectionInput.StoreFailed("there is no majority")
                        : work.apply(copy));
    }

    private void ask(SimReplica asker, Function<StoreCopy, ElectionInput> work) {
        SimReplica owner = members.copyOf(asker).owner;
        boolean isSilenced = world.events().now() < silentUntilNanos.getOrDefault(asker, 0L);
        if (owner == null || isSilenced) {
            return; // lost, as it is with an owner that ends
        }
        boolean isTroubled = world.events().now() < troubleUntilNanos;
        int luck = isTroubled ? random.nextInt(Luck.values().length) : 0;
        switch (Luck.values()[luck]) {
            case ANSWERED -> carryOut(owner, asker, work, 0);
            case ANSWERED_LATE -> carryOut(owner, asker, work, random.nextInt(LATE_MILLIS) * Times.MILLI);
            case DONE_BUT_FAILED -> carryOut(owner, asker, work.andThen(answer -> failure()), 0);
            case FAILED -> carryOut(owner, asker, copy -> failure(), 0);
            case LOST -> {}
        }
    }

    private enum Luck {
        ANSWERED,
        ANSWERED_LATE,
        DONE_BUT_FAILED,
        FAILED,
        LOST
    }

    private static ElectionInput failure() {
        return new ElectionInput.StoreFailed("it has its troubles");
    }

    private void carryOut(SimReplica owner, SimReplica asker, Function<StoreCopy, ElectionInput> work, long lateNanos) {
        owner.later(delay(), () -> {
            ElectionInput answer = work.apply(members.copyOf(owner));
            asker.later(delay() + lateNanos, () -> asker.handle(answer));
        });
    }

    private long delay() {
        return (LEAST_MICROS + random.nextInt(SPREAD_MICROS)) * Times.MICRO;
    }

    /** The store loses the last so many terms. */
    void forgetTerms(int terms) {
        for (StoreCopy copy : members.copies()) {
            copy.forgetTerms(terms);
            world.history().change(() -> "the store falls back to " + copy.lease());
        }
    }
}
