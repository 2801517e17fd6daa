package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The objects that an overlay renders to. Tests that plant mistakes change a copy.
 *
 * @param objects as a cluster would get them
 */
record Rendered(List<ObjectNode> objects) {

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final List<String> WITH_PODS = List.of("StatefulSet", "Job", "Deployment", "DaemonSet");

    static Rendered of(String yaml) throws IOException {
        List<ObjectNode> objects = new ArrayList<>();
        try (MappingIterator<ObjectNode> documents =
                YAML.readerFor(ObjectNode.class).readValues(yaml)) {
            documents.forEachRemaining(objects::add);
        }
        return new Rendered(objects);
    }

    Rendered copy() {
        return new Rendered(objects.stream().map(ObjectNode::deepCopy).toList());
    }

    Stream<ObjectNode> ofKind(String kind) {
        return objects.stream().filter(object -> object.path("kind").asText().equals(kind));
    }

    Optional<ObjectNode> find(String kind, String name) {
        return ofKind(kind).filter(object -> nameOf(object).equals(name)).findFirst();
    }

    /** The one of that kind and component. */
    ObjectNode the(String kind, String component) {
        return ofKind(kind)
                .filter(object -> object.at("/metadata/labels/app.kubernetes.io~1component")
                        .asText()
                        .equals(component))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " of the component " + component));
    }

    /** All that make pods. */
    List<Workload> workloads() {
        return objects.stream()
                .filter(object -> WITH_PODS.contains(object.path("kind").asText()))
                .map(object -> new Workload(object, this))
                .toList();
    }

    static String nameOf(JsonNode object) {
        return object.at("/metadata/name").asText();
    }

    /** For messages: the kind and the name. */
    static String title(JsonNode object) {
        return object.path("kind").asText() + " " + nameOf(object);
    }
}
