package io.coxswain.coordinator.election;

import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.election.ElectionInput.LeaseSeen;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.ElectionInput.ReplicasChanged;
import io.coxswain.coordinator.election.ElectionInput.TakeAnswered;
import io.coxswain.coordinator.election.ElectionInput.Tick;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One replica, whose store is the test. It says what it wants done, but for its changes of state. */
final class Candidate {

    static final long SELF = 0xaa;
    static final long OTHER = 0xbb;
    static final long THIRD = 0xcc;

    private static final long MILLI = 1_000_000;

    private final Election election;
    private long nowNanos;

    private Candidate(int replicas) {
        election = new Election(ElectionConfig.defaults(replicas), SELF, 0);
    }

    static Candidate ofOne() {
        return new Candidate(1);
    }

    static Candidate ofTwo() {
        return new Candidate(2);
    }

    static Candidate ofThree() {
        return new Candidate(3);
    }

    static Candidate ofThreeThatSeesThem() {
        Candidate candidate = new Candidate(3);
        candidate.gets(seeing(OTHER, THIRD));
        return candidate;
    }

    /** Besides itself. */
    static ReplicasChanged seeing(Long... others) {
        Set<Long> ids = new HashSet<>(List.of(others));
        ids.add(SELF);
        return new ReplicasChanged(ids);
    }

    /** One of two, that leads term 1. */
    static Candidate thatLeads() {
        return ofTwo().leads();
    }

    Candidate leads() {
        gets(new LeaseSeen(Lease.NONE));
        gets(new TakeAnswered(Outcome.WRITTEN, own(1, 0)));
        return this;
    }

    /** One of two, that leads term 2, after another that has released the lease. */
    static Candidate thatLeadsAfterAnother() {
        Candidate candidate = ofTwo();
        candidate.sees(lease(OTHER, 1, 4).released());
        candidate.gets(new TakeAnswered(Outcome.WRITTEN, own(2, 0)));
        return candidate;
    }

    static Lease own(long term, long renewals) {
        return new Lease(term, SELF, renewals);
    }

    static Lease lease(long holder, long term, long renewals) {
        return new Lease(term, holder, renewals);
    }

    static TermId term(long number) {
        return new TermId(number, SELF);
    }

    ElectionState state() {
        return election.state();
    }

    Election election() {
        return election;
    }

    List<ElectionEffect> gets(ElectionInput input) {
        return election.handle(input, nowNanos).stream()
                .filter(effect -> !(effect instanceof ElectionEffect.Transitioned))
                .toList();
    }

    List<ElectionEffect> sees(Lease lease) {
        return gets(new LeaseSeen(lease));
    }

    /** Time passes, with all the ticks that fall due in it; what the last of them wants done. */
    List<ElectionEffect> waits(long millis) {
        long until = nowNanos + millis * MILLI;
        List<ElectionEffect> last = List.of();
        while (election.nextTickNanos() <= until) {
            nowNanos = Math.max(nowNanos, election.nextTickNanos());
            last = gets(new Tick());
        }
        nowNanos = until;
        return last;
    }

    /** Time passes, and the process has no part in it. */
    void standsStill(long millis) {
        nowNanos += millis * MILLI;
    }

    /** Looks at a lease again and again, as often as it is read. */
    List<ElectionEffect> keepsSeeing(Lease lease, long millis) {
        List<ElectionEffect> last = sees(lease);
        for (long passed = 0; passed < millis && last.isEmpty(); passed += 100) {
            waits(100);
            last = sees(lease);
        }
        return last;
    }
}
