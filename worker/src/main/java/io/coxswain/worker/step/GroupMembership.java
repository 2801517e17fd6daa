package io.coxswain.worker.step;

import io.coxswain.v1.Epoch;
import io.coxswain.v1.RankInfo;
import java.time.Duration;
import java.util.List;

/**
 * The ranks of an epoch. Immutable and thread-safe.
 *
 * @param epoch the epoch
 * @param rank this member's rank in it, 0 to worldSize() - 1
 * @param ranks by rank: place, member and addresses
 * @param prepareTimeout time until the preparation fails, from the membership's arrival
 */
public record GroupMembership(Epoch epoch, int rank, List<RankInfo> ranks, Duration prepareTimeout) {
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
