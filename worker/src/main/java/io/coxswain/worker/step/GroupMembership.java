package io.coxswain.worker.step;

import io.coxswain.v1.Epoch;
import io.coxswain.v1.RankInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The ranks of an epoch. Immutable and thread-safe.
 *
 * @param epoch the epoch
 * @param rank this member's rank in it, 0 to worldSize() - 1
 * @param ranks by rank: place, member and addresses
 * @param prepareTimeout time until the preparation fails, from the membership's arrival
 * @param replaces the epoch that runs until this one is prepared; empty: none does, and the group stands still
 */
public record GroupMembership(
        Epoch epoch, int rank, List<RankInfo> ranks, Duration prepareTimeout, Optional<Epoch> replaces) {
    /** Copies the list. */
    public GroupMembership {
        ranks = List.copyOf(ranks);
    }

    /** The epoch's number. */
    public long number() {
        return epoch.getNumber();
    }

    /** Ranks in the epoch. */
    public int worldSize() {
        return ranks.size();
    }
}
