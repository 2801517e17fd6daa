package io.coxswain.coordinator.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One executed step of one member, as its step log has it.
 *
 * @param where file and line number, for people
 */
record StepLine(String where, Position position, long term, int rank, Executed executed) {

    // Whatever follows the object on its line would be a step that nobody looks at.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final String COUNTS = "num_tokens_across_dp";
    private static final String DESCRIPTOR = "descriptor";
    private static final String RESULT_HASH = "result_hash";

    /** Which step of the job. */
    record Position(long epoch, long step) implements Comparable<Position> {
        private static final Comparator<Position> ORDER =
                Comparator.comparingLong(Position::epoch).thenComparingLong(Position::step);

        @Override
        public int compareTo(Position other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return "epoch " + epoch + ", step " + step;
        }
    }

    /** What has to be equal on all ranks; the descriptor in one spelling, whatever the order of its members. */
    record Executed(List<Integer> counts, String descriptor, String resultHash) {}

    /** How many ranks the step's epoch has, as this line says. */
    int worldSize() {
        return executed.counts().size();
    }

    /** Who says it, for people. */
    String who() {
        return "rank " + rank + " (" + where + ")";
    }

    /** What this line and another of the same step differ in, for people; empty where they agree. */
    String differenceFrom(StepLine other) {
        if (executed.equals(other.executed)) {
            return "";
        }
        if (!executed.counts().equals(other.executed.counts())) {
            return both(other, COUNTS, executed.counts(), other.executed.counts());
        }
        if (!executed.descriptor().equals(other.executed.descriptor())) {
            return both(other, DESCRIPTOR, executed.descriptor(), other.executed.descriptor());
        }
        return both(other, RESULT_HASH, executed.resultHash(), other.executed.resultHash());
    }

    private String both(StepLine other, String field, Object ours, Object theirs) {
        return field + " differs: " + who() + " has " + ours + ", " + other.who() + " has " + theirs;
    }

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException if it is none of a step log; the text names place, field and what is allowed
     */
    static StepLine parse(String where, String line) {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(where + ": no JSON object of its own: " + e.getOriginalMessage(), e);
        }
        List<Integer> counts = counts(where, json);
        long rank = number(where, json, "rank");
        if (rank >= counts.size()) {
            throw refused(where, "rank", json, "0 to " + (counts.size() - 1) + ", by " + COUNTS);
        }
        if (!json.path(RESULT_HASH).isTextual()) {
            throw refused(where, RESULT_HASH, json, "a text");
        }
        return new StepLine(
                where,
                new Position(number(where, json, "epoch"), number(where, json, "step")),
                number(where, json, "term"),
                (int) rank,
                new Executed(
                        counts, descriptor(where, json), json.get(RESULT_HASH).textValue()));
    }

    private static List<Integer> counts(String where, JsonNode json) {
        List<Integer> counts = new ArrayList<>();
        for (JsonNode count : json.path(COUNTS)) {
            if (!count.canConvertToInt() || !count.isIntegralNumber() || count.intValue() < 0) {
                throw refused(where, COUNTS, json, "an array of one count a rank");
            }
            counts.add(count.intValue());
        }
        if (counts.isEmpty()) {
            throw refused(where, COUNTS, json, "an array of one count a rank");
        }
        return counts;
    }

    private static String descriptor(String where, JsonNode json) {
        JsonNode shape = json.path(DESCRIPTOR);
        if (shape.isNull()) {
            return "null";
        }
        if (!shape.path("uniform").isBoolean()) {
            throw refused(where, DESCRIPTOR, json, "null, or an object of num_tokens, num_requests and uniform");
        }
        boolean anyRequests = shape.path("num_requests").isNull();
        return "{num_tokens " + number(where, shape, "num_tokens") + ", num_requests "
                + (anyRequests ? "any" : number(where, shape, "num_requests")) + ", uniform " + shape.get("uniform")
                + "}";
    }

    private static long number(String where, JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw refused(where, field, json, "a whole number from 0");
        }
        return value.longValue();
    }

    private static IllegalArgumentException refused(String where, String field, JsonNode json, String allowed) {
        String found = json.has(field) ? "is " + json.get(field) : "is missing";
        return new IllegalArgumentException(where + ": " + field + " " + found + "; allowed is " + allowed);
    }
}
