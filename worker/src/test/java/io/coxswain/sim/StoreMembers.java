package io.coxswain.sim;

import io.coxswain.coordinator.election.ElectionInput;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Which replicas see each other in the store, and what they hear of it. */
final class StoreMembers {

    private static final int NOTICE_MILLIS = 40;
    private static final int BACKUPS_BEHIND_ONE_IN = 8;
    private static final int BACKUPS_EMPTY_ONE_IN = 24;
    private static final int HIGHER_TERM_LOST_ONE_IN = 8;
    /** So long after a replica was said to be gone its lease may be taken on that account. */
    private static final long GONE_COUNTS = 5 * Times.SECOND;

    private final Simulation world;
    private final SplittableRandom random;
    private final List<StoreCopy> copies = new ArrayList<>();
    private final Map<Long, Long> goneNanos = new HashMap<>();

    StoreMembers(Simulation world, SplittableRandom random) {
        this.world = world;
        this.random = random;
        copies.add(new StoreCopy());
    }

    List<StoreCopy> copies() {
        return copies;
    }

    boolean isSplit() {
        return copies.size() > 1;
    }

    /** The copy that a replica sees; one that has joined none yet sees the first. */
    StoreCopy copyOf(SimReplica replica) {
        for (StoreCopy copy : copies) {
            if (copy.members.contains(replica)) {
                return copy;
            }
        }
        return copies.get(0);
    }

    /** Whether somebody was told lately that a replica is gone, rightly or not. */
    boolean isHeldForGone(long id) {
        Long since = goneNanos.get(id);
        return since != null && world.events().now() - since <= GONE_COUNTS;
    }

    void join(SimReplica replica) {
        StoreCopy copy = largest();
        copy.members.add(replica);
        if (copy.owner == null) {
            copy.owner = replica;
        }
        tellMembers(copy);
    }

    private StoreCopy largest() {
        StoreCopy largest = copies.get(0);
        for (StoreCopy copy : copies) {
            largest = copy.members.size() > largest.members.size() ? copy : largest;
        }
        return largest;
    }

    private long notice() {
        return (1 + random.nextInt(NOTICE_MILLIS)) * Times.MILLI;
    }

    private static Set<Long> idsOf(StoreCopy copy) {
        return copy.members.stream().map(SimReplica::id).collect(Collectors.toUnmodifiableSet());
    }

    private void tellMembers(StoreCopy copy) {
        for (SimReplica member : copy.members) {
            member.later(notice(), () -> member.sees(idsOf(copyOf(member))));
        }
    }

    /** Says to all of a copy that a replica is gone, whether it is or not. */
    void tellGone(StoreCopy copy, SimReplica gone) {
        for (SimReplica member : copy.members) {
            if (!member.equals(gone)) {
                member.later(notice(), () -> {
                    goneNanos.put(gone.id(), world.events().now());
                    member.handle(new ElectionInput.HolderGone(gone.id()));
                });
            }
        }
    }

    /** A replica's process has ended, and the others notice it; what it owned alone may be lost. */
    void leave(SimReplica replica) {
        StoreCopy copy = copyOf(replica);
        if (!copy.members.remove(replica)) {
            return;
        }
        if (copy.members.isEmpty() && isSplit()) {
            copies.remove(copy);
            return;
        }
        if (copy.owner == replica) {
            promote(copy);
            loseSomething(copy);
        }
        tellGone(copy, replica);
        tellMembers(copy);
    }

    private void promote(StoreCopy copy) {
        int count = copy.members.size();
        copy.owner = count == 0 ? null : copy.members.get(random.nextInt(count));
        if (count == 0) {
            copy.forgetAll();
        }
    }

    private void loseSomething(StoreCopy copy) {
        if (random.nextInt(BACKUPS_EMPTY_ONE_IN) == 0) {
            copy.forgetAll();
        } else if (random.nextInt(BACKUPS_BEHIND_ONE_IN) == 0) {
            copy.forgetTerms(1);
        }
    }

    /** A replica and the others do not see each other any more, and each side notices it at a time of its own. */
    void split(SimReplica alone, long noticedAfterNanos) {
        StoreCopy copy = copyOf(alone);
        if (!copy.members.contains(alone)) {
            return; // its process is about to start, and will join
        }
        StoreCopy other = new StoreCopy();
        other.copy(copy);
        copy.members.remove(alone);
        other.members.add(alone);
        if (copy.owner == alone) {
            other.owner = alone;
            copy.owner = null;
        }
        copies.add(other);
        world.history().change(() -> "the replicas split: " + copy.members + " and " + other.members);
        noticeLater(copy, other.members, noticedAfterNanos);
        noticeLater(other, copy.members, noticedAfterNanos + notice());
    }

    private void noticeLater(StoreCopy copy, List<SimReplica> others, long afterNanos) {
        List<SimReplica> lost = List.copyOf(others);
        world.events().at(world.events().now() + afterNanos, () -> {
            if (!copies.contains(copy)) {
                return;
            }
            if (copy.owner == null) {
                promote(copy);
            }
            lost.stream()
                    .filter(replica -> !copy.members.contains(replica))
                    .forEach(replica -> tellGone(copy, replica));
            tellMembers(copy);
        });
    }

    /** All see each other again; of what the sides say the highest term stays, in most cases. */
    void merge() {
        if (!isSplit()) {
            return;
        }
        StoreCopy one = copies.get(0);
        StoreCopy other = copies.get(1);
        boolean isOthersHigher = other.lease().term() > one.lease().term();
        boolean isLost = random.nextInt(HIGHER_TERM_LOST_ONE_IN) == 0;
        if (isOthersHigher != isLost) {
            one.copy(other);
        }
        one.members.addAll(other.members);
        copies.remove(other);
        promote(one);
        world.history().change(() -> "the replicas see each other again: " + one.lease());
        tellMembers(one);
    }
}
