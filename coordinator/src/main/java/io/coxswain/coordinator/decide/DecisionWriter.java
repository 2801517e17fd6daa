package io.coxswain.coordinator.decide;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.coxswain.coordinator.core.Action;
import io.coxswain.coordinator.core.Decision;
import io.coxswain.coordinator.core.GraphKey;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.Reported;
import org.jspecify.annotations.Nullable;

/** Gives a decision as JSON. Stateless. */
final class DecisionWriter {

    private DecisionWriter() {}

    /** The decision's members in the order in which they are printed; absent numbers are null. */
    static ObjectNode json(Decision decision) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        boolean idle = decision.action() == Action.IDLE;
        json.put("idle", idle);
        if (idle) {
            return json;
        }
        GraphKey graph = decision.graph();
        json.put("graph_mode", decision.graphMode().name());
        json.put("num_tokens", graph == null ? null : graph.tokens());
        json.put("num_requests", graph == null ? null : unless(GraphKey.ANY, graph.requests()));
        json.put("uniform_token_count", graph == null ? null : unless(GraphKey.ANY, graph.uniform()));
        json.put("microbatches", decision.microbatches());
        ArrayNode counts = json.putArray("num_tokens_across_dp");
        for (int tokens : decision.numTokensAcrossDp()) {
            counts.add(tokens);
        }
        Reported reported = decision.reported();
        json.put("agreed_uniform_token_count", unless(RankFacts.NOT_UNIFORM, reported.uniformTokenCount()));
        json.put("largest_num_requests", reported.largestNumRequests());
        json.put("skip_drafts", reported.votes().get(DecisionCase.SKIP_DRAFTS).orElse(0) == 1);
        return json;
    }

    private static @Nullable Integer unless(int absent, int value) {
        return value == absent ? null : value;
    }
}
