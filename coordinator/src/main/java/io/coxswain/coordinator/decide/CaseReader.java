package io.coxswain.coordinator.decide;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.coxswain.coordinator.core.DecisionSettings;
import io.coxswain.coordinator.core.GraphModeSetting;
import io.coxswain.coordinator.core.RankFacts;
import java.util.ArrayList;
import java.util.List;

/** Turns a line into a case. Stateless. */
final class CaseReader {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final List<String> CASE = List.of("settings", "ranks", "decision");
    private static final List<String> SETTINGS = List.of(
            "capture_sizes",
            "decode_query_len",
            "graph_mode",
            "microbatches",
            "decode_threshold",
            "prefill_threshold",
            "max_num_requests");
    private static final List<String> RANK = List.of(
            "num_tokens", "num_requests", "uniform_token_count", "allow_microbatches", "eager", "allow_skip_drafts");

    private CaseReader() {}

    /**
     * The case that a line describes.
     *
     * @throws InputRefusedException if it describes none; the message names member, value and what is allowed
     */
    static DecisionCase read(String line) throws InputRefusedException {
        JsonNode json = parsed(line);
        ObjectReader members = new ObjectReader("", json, CASE);
        JsonNode ranks = members.array("ranks");
        if (ranks.isEmpty()) {
            throw new InputRefusedException("ranks is []; allowed are one entry for each rank, at least one");
        }
        DecisionSettings settings = settings(members.required("settings", "is an object"));
        List<RankFacts> reports = new ArrayList<>(ranks.size());
        for (int rank = 0; rank < ranks.size(); rank++) {
            reports.add(facts("ranks[" + rank + "]", ranks.get(rank)));
        }
        return new DecisionCase(settings, List.copyOf(reports), json.get("decision"));
    }

    private static JsonNode parsed(String line) throws InputRefusedException {
        try {
            return MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new InputRefusedException("column " + e.getLocation().getColumnNr() + ": " + e.getOriginalMessage()
                    + "; allowed is one JSON object on a line");
        }
    }

    private static DecisionSettings settings(JsonNode node) throws InputRefusedException {
        ObjectReader members = new ObjectReader("settings", node, SETTINGS);
        List<Integer> captureSizes = new ArrayList<>();
        for (JsonNode size : members.array("capture_sizes")) {
            captureSizes.add(ObjectReader.count(members.name("capture_sizes"), size, 1));
        }
        DecisionSettings.Builder settings = DecisionSettings.builder()
                .captureSizes(captureSizes)
                .graphMode(members.constant("graph_mode", GraphModeSetting.class))
                .maxRequests(members.count("max_num_requests", 1))
                .decodeQueryLength(members.count("decode_query_len", 1))
                .microbatches(members.count("microbatches", 1))
                .decodeThreshold(members.count("decode_threshold", 1))
                .prefillThreshold(members.count("prefill_threshold", 1))
                .votes(DecisionCase.VOTES);
        try {
            return settings.build();
        } catch (IllegalArgumentException e) {
            throw new InputRefusedException("settings." + e.getMessage());
        }
    }

    private static RankFacts facts(String path, JsonNode node) throws InputRefusedException {
        ObjectReader members = new ObjectReader(path, node, RANK);
        int numTokens = members.count("num_tokens", 0);
        int numRequests = members.count("num_requests", 0);
        int uniform = members.isAbsent("uniform_token_count")
                ? RankFacts.NOT_UNIFORM
                : members.count("uniform_token_count", 1);
        boolean microbatches = members.flag("allow_microbatches");
        boolean eager = members.flag("eager");
        long[] votes = {members.flag("allow_skip_drafts") ? 1 : 0};
        try {
            return new RankFacts(numTokens, numRequests, uniform, microbatches, eager, 0, votes);
        } catch (IllegalArgumentException e) {
            throw new InputRefusedException(path + "." + e.getMessage());
        }
    }
}
