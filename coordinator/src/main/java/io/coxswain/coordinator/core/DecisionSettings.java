package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the decision's rules depend on: equal on all ranks and fixed for a job. Immutable.
 *
 * @param captureSizes token counts that graphs are made for: ascending, distinct, 1 and above, at most 1,024; may be empty
 * @param graphMode which graphs there are
 * @param maxRequests the most requests in one rank's batch, 1 and above
 * @param decodeQueryLength tokens of each request in a decode step: 1, or 1 + the speculated tokens
 * @param microbatches parts that a step may be split into; 1 for no splitting
 * @param decodeThreshold a step that is all decode is split from this smallest token count of any rank on
 * @param prefillThreshold the same for a step that is not all decode
 * @param votes what is agreed with every step, at most 64, with distinct names
 */
public record DecisionSettings(
        List<Integer> captureSizes,
        GraphModeSetting graphMode,
        int maxRequests,
        int decodeQueryLength,
        int microbatches,
        int decodeThreshold,
        int prefillThreshold,
        List<VoteDefinition> votes) {

    private static final int MAX_CAPTURE_SIZES = 1024;
    private static final int MAX_VOTES = 64;

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException for a value out of range; it names field, value and what is allowed
     */
    public DecisionSettings {
        captureSizes = List.copyOf(captureSizes);
        votes = List.copyOf(votes);
        checkAtMost("capture_sizes", captureSizes.size(), MAX_CAPTURE_SIZES);
        checkAtMost("votes", votes.size(), MAX_VOTES);
        checkAscending(captureSizes);
        checkDistinct(votes);
        Range.check("max_requests", maxRequests, 1, Integer.MAX_VALUE);
        Range.check("decode_query_length", decodeQueryLength, 1, Integer.MAX_VALUE);
        Range.check("microbatches", microbatches, 1, Integer.MAX_VALUE);
        Range.check("decode_threshold", decodeThreshold, 1, Integer.MAX_VALUE);
        Range.check("prefill_threshold", prefillThreshold, 1, Integer.MAX_VALUE);
    }

    private static void checkAtMost(String field, int entries, int most) {
        if (entries > most) {
            throw new IllegalArgumentException(field + " has " + entries + " entries; allowed are at most " + most);
        }
    }

    private static void checkAscending(List<Integer> sizes) {
        int previous = 0;
        for (int size : sizes) {
            Range.check("capture_sizes", size, 1, Integer.MAX_VALUE);
            if (size <= previous) {
                throw new IllegalArgumentException(
                        "capture_sizes has " + size + " after " + previous + "; allowed are ascending, distinct sizes");
            }
            previous = size;
        }
    }

    private static void checkDistinct(List<VoteDefinition> votes) {
        Set<String> names = new HashSet<>();
        for (VoteDefinition vote : votes) {
            if (!names.add(vote.name())) {
                throw new IllegalArgumentException(
                        "votes has the name \"" + vote.name() + "\" twice; allowed are distinct names");
            }
        }
    }

    /** What serving engines use where they are told nothing; no votes. */
    public static DecisionSettings defaults() {
        return builder().build();
    }

    /** A builder that holds the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** The index of a vote, which is also that of its value in reports and decisions; -1 where there is none so named. */
    public int indexOfVote(String name) {
        for (int index = 0; index < votes.size(); index++) {
            if (votes.get(index).name().equals(name)) {
                return index;
            }
        }
        return -1;
    }

    /** The fields in which another's settings differ from these, each with both values; empty where they are equal. */
    public List<SettingDifference> differencesTo(DecisionSettings other) {
        List<SettingDifference> found = new ArrayList<>();
        compare(found, "capture_sizes", captureSizes, other.captureSizes);
        compare(found, "graph_mode", graphMode, other.graphMode);
        compare(found, "max_requests", maxRequests, other.maxRequests);
        compare(found, "decode_query_length", decodeQueryLength, other.decodeQueryLength);
        compare(found, "microbatches", microbatches, other.microbatches);
        compare(found, "decode_threshold", decodeThreshold, other.decodeThreshold);
        compare(found, "prefill_threshold", prefillThreshold, other.prefillThreshold);
        compare(found, "votes", votes, other.votes);
        return List.copyOf(found);
    }

    private static void compare(List<SettingDifference> found, String field, Object ours, Object theirs) {
        if (!ours.equals(theirs)) {
            found.add(new SettingDifference(field, ours.toString(), theirs.toString()));
        }
    }

    /** Collects settings; what is not set keeps its default. Not thread-safe. */
    public static final class Builder {

        private List<Integer> captureSizes = defaultCaptureSizes();
        private GraphModeSetting graphMode = GraphModeSetting.FULL_AND_PIECEWISE;
        private int maxRequests = 256;
        private int decodeQueryLength = 1;
        private int microbatches = 1;
        private int decodeThreshold = 32;
        private int prefillThreshold = 512;
        private List<VoteDefinition> votes = List.of();

        private Builder() {}

        private static List<Integer> defaultCaptureSizes() {
            List<Integer> sizes = new ArrayList<>(List.of(1, 2, 4));
            for (int size = 8; size < 256; size += 8) {
                sizes.add(size);
            }
            for (int size = 256; size <= 512; size += 16) {
                sizes.add(size);
            }
            return sizes;
        }

        /** 1, 2, 4, 8 to 248 by 8, 256 to 512 by 16 by default. */
        public Builder captureSizes(List<Integer> value) {
            captureSizes = value;
            return this;
        }

        /** FULL_AND_PIECEWISE by default. */
        public Builder graphMode(GraphModeSetting value) {
            graphMode = value;
            return this;
        }

        /** 256 by default. */
        public Builder maxRequests(int value) {
            maxRequests = value;
            return this;
        }

        /** 1 by default. */
        public Builder decodeQueryLength(int value) {
            decodeQueryLength = value;
            return this;
        }

        /** 1 by default. */
        public Builder microbatches(int value) {
            microbatches = value;
            return this;
        }

        /** 32 by default. */
        public Builder decodeThreshold(int value) {
            decodeThreshold = value;
            return this;
        }

        /** 512 by default. */
        public Builder prefillThreshold(int value) {
            prefillThreshold = value;
            return this;
        }

        /** None by default. */
        public Builder votes(List<VoteDefinition> value) {
            votes = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException for a value out of range; it names field, value and what is allowed
         */
        public DecisionSettings build() {
            return new DecisionSettings(
                    captureSizes,
                    graphMode,
                    maxRequests,
                    decodeQueryLength,
                    microbatches,
                    decodeThreshold,
                    prefillThreshold,
                    votes);
        }
    }
}
