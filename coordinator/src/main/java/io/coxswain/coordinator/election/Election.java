package io.coxswain.coordinator.election;

import io.coxswain.coordinator.core.TermId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One replica's part in the election of the leader: whether it stands by, stands or leads. A function of (state, input, now):
 * it does no I/O, reads no clock and owns no thread, and the same inputs at the same times give the same effects.
 *
 * <p>Not thread-safe: one thread owns it. Times are nanoseconds of one monotonic clock, counted from an origin of the
 * caller's, so that they are never negative.
 */
public final class Election {

    private static final long NEVER = Long.MAX_VALUE;

    final ElectionConfig config;
    final LeaseWatch watch;
    private final long self;
    private final ElectionInputs dispatch;
    private final List<ElectionEffect> effects = new ArrayList<>();

    private ElectionState state = ElectionState.STANDBY;
    /** The replicas that see each other. */
    private Set<Long> seen = Set.of();
    /** The reign that it has, or stands for. */
    private TermId term = TermId.NONE;
    /** What the store is thought to hold while it leads, and what it was asked for while it stands. */
    private Lease lease = Lease.NONE;
    /** Whether it took the lease, or asks for it, in a store that nobody had led by: all that knew of one are gone. */
    private boolean followsNobody;
    /** What it has written, or tried to write, last: no lease is written twice, so that nobody mistakes it for an old one. */
    private Lease written = Lease.NONE;

    private long nowNanos;
    private long dueNanos;
    private long answerByNanos = NEVER;
    private long handOverByNanos = NEVER;

    /**
     * A standby that has seen nothing yet. Its first tick is due at once.
     *
     * @param self this process's random id, which is to be its coordinator's
     */
    public Election(ElectionConfig config, long self, long nowNanos) {
        if (self == Lease.NOBODY) {
            throw new IllegalArgumentException("the replica's id is 0, which stands for nobody");
        }
        this.config = config;
        this.self = self;
        this.watch = new LeaseWatch(config, self);
        this.dispatch = new ElectionInputs(this);
        this.nowNanos = nowNanos;
        this.dueNanos = nowNanos;
    }

    /**
     * Takes one input.
     *
     * @return the effects, in the order in which they are to be carried out; valid until the next call
     */
    public List<ElectionEffect> handle(ElectionInput input, long now) {
        effects.clear();
        if (state != ElectionState.STOPPED) {
            restartAfterPause(now);
            nowNanos = now;
            input.accept(dispatch);
        }
        return effects;
    }

    /**
     * Nobody is judged by what this process has not seen since it stood still. A leader that did so for longer than its lease
     * lasts has a successor by now, if there is another replica: the members have gone to it, and are not lost. Its part of the
     * store may have left the others', and say nothing of it.
     */
    private void restartAfterPause(long now) {
        long late = now - nextTickNanos();
        if (late <= config.pauseNanos()) {
            return;
        }
        if (state == ElectionState.LEADING && config.replicas() > 1 && late > config.ttlNanos()) {
            nowNanos = now;
            stepDown(ElectionState.STANDBY, "this process stood still for longer than its lease lasts");
        }
        watch.paused(now);
        if (answerByNanos != NEVER) {
            answerByNanos = now + config.answerNanos();
        }
    }

    /** When the next {@link ElectionInput.Tick} is due. */
    public long nextTickNanos() {
        return state == ElectionState.STOPPED ? NEVER : Math.min(dueNanos, Math.min(answerByNanos, handOverByNanos));
    }

    /** The replica's state. */
    public ElectionState state() {
        return state;
    }

    /** The term in which it leads; {@link TermId#NONE} where it does not. */
    public TermId term() {
        return state.leads() ? term : TermId.NONE;
    }

    long now() {
        return nowNanos;
    }

    Lease lease() {
        return lease;
    }

    Lease nextRenewal() {
        written = written.renewed();
        return written;
    }

    boolean isAwaiting() {
        return answerByNanos != NEVER;
    }

    boolean isAnswerOverdue() {
        return nowNanos >= answerByNanos;
    }

    boolean isHandOverOver() {
        return nowNanos >= handOverByNanos;
    }

    boolean isDue() {
        return nowNanos >= dueNanos;
    }

    void dueIn(long nanos) {
        dueNanos = nowNanos + nanos;
    }

    /** Asks the store for something; without an answer it is asked again. */
    void ask(ElectionEffect question) {
        effects.add(question);
        answerByNanos = nowNanos + config.answerNanos();
    }

    void answered() {
        answerByNanos = NEVER;
    }

    void sees(Set<Long> now) {
        seen = now;
    }

    boolean seesAnother() {
        return !Set.of(self).containsAll(seen);
    }

    boolean seesMajority() {
        return config.isMajority(seen.size());
    }

    /** Whoever is taken for lost does not count, though the store may see it yet: with it the majority may be lost, too. */
    boolean mayTake(Lease from) {
        boolean countsOnHolder = from.holder() == self || !seen.contains(from.holder());
        return !config.needsMajority() || config.isMajority(countsOnHolder ? seen.size() : seen.size() - 1);
    }

    /** The store holds this replica's lease, by the latest answer. */
    void holds(Lease now) {
        lease = now;
    }

    void stand(Lease expected, String why) {
        followsNobody = expected.term() == 0 || (followsNobody && expected.holder() == self);
        term = new TermId(watch.newTerm(), self);
        lease = new Lease(term.number(), self, 0);
        if (state != ElectionState.STANDING) {
            become(ElectionState.STANDING, why);
        }
        ask(new ElectionEffect.TakeLease(expected, lease));
    }

    /** A member has promised another term. */
    void depose(String why) {
        boolean isToStop = state == ElectionState.HANDING_OVER;
        boolean wroteTheFirstLease = followsNobody;
        stepDown(isToStop ? ElectionState.STOPPED : ElectionState.STANDBY, "deposed: " + why);
        if (wroteTheFirstLease) {
            watch.nobodyElseLedHere();
        }
    }

    /** Ends a reign; a group that ends with its job is let be, for it tells latecomers so. */
    void stepDown(ElectionState next, String why) {
        effects.add(new ElectionEffect.StepDown(why));
        become(next, why);
        watch.restartClock(nowNanos);
        dueIn(0);
    }

    /** What it was told to stop for is done. */
    void handOverTo(Lease successor) {
        effects.add(new ElectionEffect.HandedOver());
        stepDown(ElectionState.STOPPED, "handed over: " + successor);
    }

    /** Every change of state goes through here. */
    void become(ElectionState next, String why) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("no transition " + state + " -> " + next + " (" + why + ")");
        }
        effects.add(new ElectionEffect.Transitioned(state, next, why));
        state = next;
        answered();
        switch (next) {
            case STANDBY, STANDING -> {}
            case LEADING -> {
                written = lease;
                effects.add(new ElectionEffect.Lead(term));
                dueIn(0); // whoever hands over waits for the first renewal
            }
            case HANDING_OVER -> {
                handOverByNanos = nowNanos + config.handOverNanos();
                dueIn(config.handOverLookNanos());
                ask(new ElectionEffect.ReleaseLease(lease));
            }
            case STOPPED -> effects.add(new ElectionEffect.Stopped());
        }
    }
}
