package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What the decision's rules depend on; fixed for a job. Immutable.
 *
 * @param captureSizes token counts that graphs exist for, ascending, distinct, 1 and above
 * @param graphMode which graphs there are
 * @param maxRequests the most requests in a rank's batch
 * @param decodeQueryLength tokens of each request in a decode step
 * @param microbatches parts that a step may be split into; 1 for none
 * @param decodeThreshold smallest tokens of any rank at which a decode step is split
 * @param prefillThreshold the same for other steps
 * @param votes what is agreed with every step, with distinct names
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

    private static final int MAX_SIZES = 1024;
    private static final int MAX_VOTES = 64;

    /** Refuses values out of range by name. */
    public DecisionSettings {
        captureSizes = List.copyOf(captureSizes);
        votes = List.copyOf(votes);
        atMost("capture_sizes", captureSizes.size(), MAX_SIZES);
        atMost("votes", votes.size(), MAX_VOTES);
        ascending(captureSizes);
        distinct(votes);
        atLeastOne("max_requests", maxRequests);
        atLeastOne("decode_query_length", decodeQueryLength);
        atLeastOne("microbatches", microbatches);
        atLeastOne("decode_threshold", decodeThreshold);
        atLeastOne("prefill_threshold", prefillThreshold);
    }

    private static void ascending(List<Integer> sizes) {
        int previous = 0;
        for (int size : sizes) {
            if (size <= previous) {
                throw new IllegalArgumentException(
                        "capture_sizes has " + size + " after " + previous + "; allowed are ascending numbers from 1");
            }
            previous = size;
        }
    }

    private static void distinct(List<VoteDefinition> votes) {
        Set<String> names = new HashSet<>();
        for (VoteDefinition vote : votes) {
            if (!names.add(vote.name())) {
                throw new IllegalArgumentException("votes has \"" + vote.name() + "\" twice; names are distinct");
            }
        }
    }

    private static void atMost(String field, int count, int most) {
        if (count > most) {
            throw new IllegalArgumentException(field + " has " + count + " entries; allowed are at most " + most);
        }
    }

    private static void atLeastOne(String field, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    field + " is " + Integer.toUnsignedString(value) + "; allowed is 1 to " + Integer.MAX_VALUE);
        }
    }

    /** What serving engines use where they are told nothing. */
    public static DecisionSettings defaults() {
        List<Integer> sizes = new ArrayList<>(List.of(1, 2, 4));
        for (int size = 8; size <= 248; size += 8) {
            sizes.add(size);
        }
        for (int size = 256; size <= 512; size += 16) {
            sizes.add(size);
        }
        return new DecisionSettings(sizes, GraphModeSetting.FULL_AND_PIECEWISE, 256, 1, 1, 32, 512, List.of());
    }

    /** Where a vote stands in the settings; -1 where there is none of that name. */
    public int indexOfVote(String name) {
        for (int index = 0; index < votes.size(); index++) {
            if (votes.get(index).name().equals(name)) {
                return index;
            }
        }
        return -1;
    }

    /** The fields in which another's settings differ, each with both values; empty where they are equal. */
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
        return found;
    }

    private static void compare(List<SettingDifference> found, String field, Object ours, Object theirs) {
        if (!Objects.equals(ours, theirs)) {
            found.add(new SettingDifference(field, String.valueOf(ours), String.valueOf(theirs)));
        }
    }
}
