package io.coxswain.coordinator.decide;

import com.fasterxml.jackson.databind.JsonNode;
import io.coxswain.coordinator.core.DecisionSettings;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.Reducer;
import io.coxswain.coordinator.core.VoteDefinition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of input.
 *
 * @param settings the group's, with {@link #VOTES}
 * @param reports by rank
 * @param expected the decision that the line names; null where it names none
 */
record DecisionCase(
        DecisionSettings settings,
        List<RankFacts> reports,
        @Nullable JsonNode expected) {

    /** Index of the one vote. */
    static final int SKIP_DRAFTS = 0;

    /** What a case's ranks agree on beside the shape: whether all allow that drafts are skipped. */
    static final List<VoteDefinition> VOTES = List.of(new VoteDefinition("skip_drafts", Reducer.ALL));
}
