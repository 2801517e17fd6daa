package io.coxswain.coordinator.core;

import java.util.OptionalLong;

/** How the ranks' values of one vote become the agreed one. */
public enum Reducer {
    /** The smallest. */
    MIN,
    /** The largest. */
    MAX,
    /** The exact sum, cut off at the ends of a signed 64-bit number. */
    SUM,
    /** 1 where every rank says 1, else 0. */
    ALL,
    /** 1 where some rank says 1, else 0. */
    ANY,
    /** The value that all say; absent where they differ. */
    SAME;

    /**
     * The agreed value of one vote. It does not depend on the order of the ranks.
     *
     * @param reports by rank, at least one
     * @param vote the vote's index in the settings
     */
    OptionalLong reduce(RankFacts[] reports, int vote) {
        return switch (this) {
            case MIN -> OptionalLong.of(smallest(reports, vote));
            case MAX -> OptionalLong.of(largest(reports, vote));
            case SUM -> OptionalLong.of(saturatedSum(reports, vote));
            case ALL -> OptionalLong.of(ones(reports, vote) == reports.length ? 1 : 0);
            case ANY -> OptionalLong.of(ones(reports, vote) > 0 ? 1 : 0);
            case SAME -> shared(reports, vote);
        };
    }

    private static long smallest(RankFacts[] reports, int vote) {
        long smallest = Long.MAX_VALUE;
        for (RankFacts facts : reports) {
            smallest = Math.min(smallest, facts.vote(vote));
        }
        return smallest;
    }

    private static long largest(RankFacts[] reports, int vote) {
        long largest = Long.MIN_VALUE;
        for (RankFacts facts : reports) {
            largest = Math.max(largest, facts.vote(vote));
        }
        return largest;
    }

    /** Saturating each addition would make the sum depend on the order, so wraps are counted: sum + wraps * 2^64 is exact. */
    private static long saturatedSum(RankFacts[] reports, int vote) {
        long sum = 0;
        long wraps = 0;
        for (RankFacts facts : reports) {
            long value = facts.vote(vote);
            long before = sum;
            sum += value;
            if (value >= 0 && sum < before) {
                wraps++;
            } else if (value < 0 && sum > before) {
                wraps--;
            }
        }
        if (wraps == 0) {
            return sum;
        }
        return wraps > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
    }

    private static int ones(RankFacts[] reports, int vote) {
        int ones = 0;
        for (RankFacts facts : reports) {
            ones += facts.vote(vote) == 1 ? 1 : 0;
        }
        return ones;
    }

    private static OptionalLong shared(RankFacts[] reports, int vote) {
        long first = reports[0].vote(vote);
        for (RankFacts facts : reports) {
            if (facts.vote(vote) != first) {
                return OptionalLong.empty();
            }
        }
        return OptionalLong.of(first);
    }
}
