package io.coxswain.coordinator.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Comparator;

/**
 * One executed step of one member, as its step log has it.
 *
 * @param where file and line number, for people
 * @param worldSize entries of the counts
 * @param content counts, descriptor and result hash as one text: what has to be equal on all ranks
 */
record StepLine(String where, Position position, long term, int rank, int worldSize, String content) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

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
            throw new IllegalArgumentException(where + ": no JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode counts = json.path("num_tokens_across_dp");
        if (!counts.isArray() || counts.isEmpty()) {
            throw missing(where, "num_tokens_across_dp", "an array of one count a rank");
        }
        int rank = (int) number(where, json, "rank");
        if (rank >= counts.size()) {
            throw new IllegalArgumentException(
                    where + ": rank is " + rank + "; allowed are 0 to " + (counts.size() - 1));
        }
        JsonNode hash = json.path("result_hash");
        if (!hash.isTextual()) {
            throw missing(where, "result_hash", "a text");
        }
        if (!json.has("descriptor")) {
            throw missing(where, "descriptor", "an object or null");
        }
        return new StepLine(
                where,
                new Position(number(where, json, "epoch"), number(where, json, "step")),
                number(where, json, "term"),
                rank,
                counts.size(),
                "num_tokens_across_dp " + counts + ", descriptor " + json.get("descriptor") + ", result_hash "
                        + hash.asText());
    }

    private static long number(String where, JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isIntegralNumber() || value.asLong() < 0) {
            throw missing(where, field, "a whole number from 0");
        }
        return value.asLong();
    }

    private static IllegalArgumentException missing(String where, String field, String allowed) {
        return new IllegalArgumentException(where + ": " + field + " is missing or wrong; allowed is " + allowed);
    }
}
