package io.coxswain.coordinator.election;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a replica has seen of the lease, and whether it may be taken. Judged is what was observed, not silence: a store that
 * does not answer makes nobody's renewals stand still. Owned by the election that holds it.
 */
final class LeaseWatch {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final ElectionConfig config;
    private final long self;
    /** Whose connections were closed, and until when that counts: by then the renewals show it. */
    private final Map<Long, Long> goneUntilNanos = new HashMap<>();

    private @Nullable Lease lease;
    private Lease newest = Lease.NONE;
    private long unchangedSinceNanos;
    private long observedNanos;
    private long hintsCountFromNanos;
    private int changesSinceGone;
    private long heardTerm;
    /** Whether the lease that is this replica's is the first that this store has held. */
    private boolean ownIsFirst;

    private long askedTerm;

    LeaseWatch(ElectionConfig config, long self) {
        this.config = config;
        this.self = self;
    }

    /** A term above all that this replica has seen, heard of or asked for, to be asked for now. */
    long newTerm() {
        askedTerm = Math.max(heardTerm, askedTerm) + 1;
        return askedTerm;
    }

    boolean isAboveAllHeard(long term) {
        return term >= heardTerm;
    }

    void heardOf(long term) {
        heardTerm = Math.max(heardTerm, term);
    }

    /** What the store said last; null where that is not known. */
    @Nullable
    Lease lease() {
        return lease;
    }

    void observe(Lease now, long nowNanos) {
        Lease before = lease;
        if (!now.equals(before)) {
            unchangedSinceNanos = nowNanos;
            ownIsFirst &= now.holder() == self;
            if (before != null && now.isLaterThan(newest)) {
                holderIsAtWork(before, now);
            }
        }
        if (now.isLaterThan(newest)) {
            newest = now;
        }
        lease = now;
        observedNanos = nowNanos;
        heardOf(now.term());
    }

    /**
     * The first change that is seen may be one that the holder made before it was gone; the second is none. That a replica's copy
     * of the store says again what was true before is no change.
     */
    private void holderIsAtWork(Lease before, Lease now) {
        changesSinceGone = before.holder() == now.holder() ? changesSinceGone + 1 : 1;
        if (changesSinceGone > 1) {
            goneUntilNanos.remove(now.holder());
        }
    }

    void heardGone(long holder, long nowNanos) {
        if (nowNanos >= hintsCountFromNanos) {
            goneUntilNanos.put(holder, nowNanos + config.ttlNanos());
            changesSinceGone = 0;
        }
    }

    /**
     * The store knew of no leader before this replica, whom a member's promise has deposed: whoever the member followed is not
     * here to write a lease.
     */
    void nobodyElseLedHere() {
        ownIsFirst = true;
    }

    /** What was seen until now says nothing about the times to come. */
    void forget() {
        lease = null;
        ownIsFirst = false;
    }

    void restartClock(long nowNanos) {
        unchangedSinceNanos = nowNanos;
        observedNanos = nowNanos;
    }

    /** This process stood still: to it, everybody else looks gone. For a while only the renewals count. */
    void paused(long nowNanos) {
        restartClock(nowNanos);
        ownIsFirst = false;
        goneUntilNanos.clear();
        hintsCountFromNanos = nowNanos + config.ttlNanos();
    }

    /** Why the lease may be taken; empty where it may not. */
    String vacancy(long nowNanos) {
        goneUntilNanos.values().removeIf(until -> until < nowNanos);
        Lease seen = lease;
        if (seen == null || observedNanos - unchangedSinceNanos < patienceNanos(seen)) {
            return "";
        }
        return why(seen);
    }

    /** A lease of a lower term than was known comes from a store that has lost some: its leader may write it again. */
    private long patienceNanos(Lease seen) {
        if (seen.holder() == self && ownIsFirst) {
            return 0;
        }
        if (isVacant(seen)) {
            return seen.holder() == self || seen.term() < heardTerm ? config.reassertNanos() : 0;
        }
        return config.ttlNanos();
    }

    private boolean isVacant(Lease seen) {
        return seen.isReleased() || seen.holder() == self || isGone(seen);
    }

    private boolean isGone(Lease seen) {
        return goneUntilNanos.containsKey(seen.holder());
    }

    private String why(Lease seen) {
        if (seen.isReleased()) {
            return seen.term() == 0 ? "nobody has led yet" : "the lease of term " + seen.term() + " was released";
        }
        String holder = Long.toHexString(seen.holder());
        if (seen.holder() == self) {
            return "the lease of term " + seen.term() + " is this replica's, which does not lead";
        }
        if (isGone(seen)) {
            return "coordinator " + holder + " of term " + seen.term() + " is gone";
        }
        return "coordinator " + holder + " of term " + seen.term() + " has not renewed its lease for "
                + (observedNanos - unchangedSinceNanos) / NANOS_PER_MILLI + " ms";
    }
}
