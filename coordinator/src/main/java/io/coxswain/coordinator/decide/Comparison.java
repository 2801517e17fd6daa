package io.coxswain.coordinator.decide;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Compares decisions member by member. Stateless. */
final class Comparison {

    private Comparison() {}

    /** One text for each member in which two decisions differ: its name, what was expected, what came out. */
    static List<String> differences(JsonNode expected, ObjectNode actual) {
        Set<String> members = new LinkedHashSet<>();
        expected.fieldNames().forEachRemaining(members::add);
        actual.fieldNames().forEachRemaining(members::add);
        List<String> differences = new ArrayList<>();
        for (String member : members) {
            JsonNode wanted = expected.path(member);
            JsonNode got = actual.path(member);
            if (!wanted.equals(got)) {
                differences.add(member + ": expected " + text(wanted) + ", got " + text(got));
            }
        }
        return differences;
    }

    private static String text(JsonNode value) {
        return value.isMissingNode() ? "no such member" : value.toString();
    }
}
