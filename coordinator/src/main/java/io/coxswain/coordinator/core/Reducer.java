package io.coxswain.coordinator.core;

import java.util.OptionalLong;

/** How the ranks' values of one vote become the agreed one. */
public enum Reducer {
    MIN,
    MAX,
    /** Saturates at the ends of a 64-bit number. */
    SUM,
    /** 1 where every rank says 1, else 0. */
    ALL,
    /** 1 where some rank says 1, else 0. */
    ANY,
    /** The value that all say; absent where they differ. */
    SAME;

    /** The agreed value of vote {@code index}; at least one report is needed. */
    OptionalLong reduce(RankFacts[] reports, int index) {
        long agreed = reports[0].vote(index);
        for (int rank = 1; rank < reports.length; rank++) {
            long value = reports[rank].vote(index);
            if (this == SAME && value != agreed) {
                return OptionalLong.empty();
            }
            agreed = combine(agreed, value);
        }
        return OptionalLong.of(agreed);
    }

    private long combine(long left, long right) {
        return switch (this) {
            case MIN, ALL -> Math.min(left, right);
            case MAX, ANY -> Math.max(left, right);
            case SUM -> saturatedSum(left, right);
            case SAME -> left;
        };
    }

    private static long saturatedSum(long left, long right) {
        long sum = left + right;
        boolean overflowed = ((left ^ sum) & (right ^ sum)) < 0;
        if (!overflowed) {
            return sum;
        }
        return left < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
}
