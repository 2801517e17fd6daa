package io.coxswain.coordinator.decide;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads the members of one JSON object, and refuses by full name what is missing, unknown or out of range. */
final class ObjectReader {

    private final String path;
    private final JsonNode node;

    /**
     * @param path the object's name for people; empty for a whole line
     * @param members the names that the object may have
     */
    ObjectReader(String path, JsonNode node, List<String> members) throws InputRefusedException {
        this.path = path;
        this.node = node;
        if (!node.isObject()) {
            throw new InputRefusedException((path.isEmpty() ? "the line" : path) + " is " + shortened(node)
                    + "; allowed is an object with " + String.join(", ", members));
        }
        Set<String> unknown = new TreeSet<>();
        node.fieldNames().forEachRemaining(unknown::add);
        members.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw new InputRefusedException(
                    name(unknown.iterator().next()) + " is unknown; allowed are " + String.join(", ", members));
        }
    }

    boolean isAbsent(String member) {
        return node.path(member).isMissingNode() || node.path(member).isNull();
    }

    JsonNode required(String member, String allowed) throws InputRefusedException {
        JsonNode value = node.path(member);
        if (value.isMissingNode()) {
            throw new InputRefusedException(name(member) + " is missing; allowed " + allowed);
        }
        return value;
    }

    int count(String member, int least) throws InputRefusedException {
        return count(name(member), required(member, allowedCounts(least)), least);
    }

    /** A whole number that stands under the given name. */
    static int count(String name, JsonNode value, int least) throws InputRefusedException {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
            throw refused(name, value, allowedCounts(least));
        }
        return value.intValue();
    }

    private static String allowedCounts(int least) {
        return "are whole numbers from " + least + " to " + Integer.MAX_VALUE;
    }

    boolean flag(String member) throws InputRefusedException {
        String allowed = "are true and false";
        JsonNode value = required(member, allowed);
        if (!value.isBoolean()) {
            throw refused(name(member), value, allowed);
        }
        return value.booleanValue();
    }

    <E extends Enum<E>> E constant(String member, Class<E> type) throws InputRefusedException {
        List<E> constants = Arrays.asList(type.getEnumConstants());
        String allowed = "are " + constants;
        JsonNode value = required(member, allowed);
        for (E constant : constants) {
            if (value.isTextual() && constant.name().equals(value.textValue())) {
                return constant;
            }
        }
        throw refused(name(member), value, allowed);
    }

    JsonNode array(String member) throws InputRefusedException {
        JsonNode value = required(member, "is an array");
        if (!value.isArray()) {
            throw refused(name(member), value, "is an array");
        }
        return value;
    }

    String name(String member) {
        return path.isEmpty() ? member : path + "." + member;
    }

    private static InputRefusedException refused(String name, JsonNode value, String allowed) {
        return new InputRefusedException(name + " is " + shortened(value) + "; allowed " + allowed);
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
}
