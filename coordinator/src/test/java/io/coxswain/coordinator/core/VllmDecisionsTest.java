package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Compares with what vLLM 0.33.0 decided in 1,500 cases. */
class VllmDecisionsTest {

    private static final String CASES = "/vllm-0.33-decisions.jsonl";

    @Test
    void shouldDecideAsVllmDoesInEveryField() throws IOException {
        List<String> differences = new ArrayList<>();
        int cases = 0;
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(CASES));
                var lines = new ObjectMapper().readerFor(JsonNode.class).<JsonNode>readValues(in)) {
            while (lines.hasNext()) {
                JsonNode line = lines.next();
                cases++;
                compare("case " + cases, line.get("decision"), decide(line), differences);
            }
        }
        assertThat(differences).isEmpty();
        assertThat(cases).isEqualTo(1500);
    }

    private static Decision decide(JsonNode line) {
        JsonNode settings = line.get("settings");
        DecisionSettings decisionSettings = new DecisionSettings(
                numbers(settings.get("capture_sizes")),
                GraphModeSetting.valueOf(settings.get("graph_mode").asText()),
                settings.get("max_num_requests").asInt(),
                settings.get("decode_query_len").asInt(),
                settings.get("microbatches").asInt(),
                settings.get("decode_threshold").asInt(),
                settings.get("prefill_threshold").asInt(),
                List.of(new VoteDefinition("skip_drafts", Reducer.ALL)));
        RankFacts[] reports = StreamSupport.stream(line.get("ranks").spliterator(), false)
                .map(VllmDecisionsTest::facts)
                .toArray(RankFacts[]::new);
        return StepDecider.decide(GraphTable.of(decisionSettings, CapturedSet.ALL), reports);
    }

    private static RankFacts facts(JsonNode rank) {
        return new RankFacts(
                rank.get("num_tokens").asInt(),
                rank.get("num_requests").asInt(),
                rank.get("uniform_token_count").asInt(RankFacts.NOT_UNIFORM),
                rank.get("allow_microbatches").asBoolean(),
                rank.get("eager").asBoolean(),
                0,
                new long[] {rank.get("allow_skip_drafts").asBoolean() ? 1 : 0});
    }

    private static void compare(String name, JsonNode vllm, Decision ours, List<String> differences) {
        boolean idle = vllm.get("idle").asBoolean();
        check(name + " action", idle ? Action.IDLE : Action.RUN, ours.action(), differences);
        if (idle) {
            return;
        }
        Optional<GraphKey> graph = Optional.ofNullable(ours.graph());
        Reported reported = ours.reported();
        check(
                name + " graph_mode",
                vllm.get("graph_mode").asText(),
                ours.graphMode().name(),
                differences);
        check(
                name + " num_tokens",
                vllm.get("num_tokens").asInt(0),
                graph.map(GraphKey::tokens).orElse(0),
                differences);
        check(
                name + " num_requests",
                vllm.get("num_requests").asInt(0),
                graph.map(GraphKey::requests).orElse(0),
                differences);
        check(
                name + " uniform_token_count",
                vllm.get("uniform_token_count").asInt(0),
                graph.map(GraphKey::uniform).orElse(0),
                differences);
        check(name + " microbatches", vllm.get("microbatches").asInt(), ours.microbatches(), differences);
        check(
                name + " num_tokens_across_dp",
                numbers(vllm.get("num_tokens_across_dp")),
                Arrays.stream(ours.numTokensAcrossDp()).boxed().toList(),
                differences);
        check(
                name + " agreed_uniform_token_count",
                vllm.get("agreed_uniform_token_count").asInt(0),
                reported.uniformTokenCount(),
                differences);
        check(
                name + " largest_num_requests",
                vllm.get("largest_num_requests").asInt(),
                reported.largestNumRequests(),
                differences);
        check(
                name + " skip_drafts",
                List.of(OptionalLong.of(vllm.get("skip_drafts").asBoolean() ? 1 : 0)),
                reported.votes(),
                differences);
    }

    private static void check(String name, Object expected, Object actual, List<String> differences) {
        if (!expected.equals(actual)) {
            differences.add(name + ": expected " + expected + ", got " + actual);
        }
    }

    private static List<Integer> numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asInt)
                .toList();
    }
}
