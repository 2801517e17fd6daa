package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An object that makes pods of one container.
 *
 * @param object the object
 * @param among the objects that it is applied with
 */
record Workload(ObjectNode object, Rendered among) {

    private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Za-z0-9_]+)\\)");

    /** What the kubelet would put in, for one pod. */
    private static final Map<String, String> FIELDS = Map.of(
            "metadata.name", "pod-0",
            "metadata.uid", "5f7b2c1e-0000-4000-8000-000000000000",
            "status.podIP", "10.1.2.3",
            "metadata.labels['apps.kubernetes.io/pod-index']", "0");

    String title() {
        return Rendered.title(object);
    }

    String component() {
        return object.at("/spec/template/metadata/labels/app.kubernetes.io~1component")
                .asText();
    }

    JsonNode labels() {
        return object.at("/spec/template/metadata/labels");
    }

    ObjectNode podSpec() {
        return (ObjectNode) object.at("/spec/template/spec");
    }

    ObjectNode container() {
        return (ObjectNode) podSpec().path("containers").path(0);
    }

    /** Whether a selector's labels are all among the pods'. */
    boolean isSelectedBy(JsonNode matchLabels) {
        boolean all = matchLabels.size() > 0;
        for (Map.Entry<String, JsonNode> label : matchLabels.properties()) {
            all &= labels().path(label.getKey()).equals(label.getValue());
        }
        return all;
    }

    /** The container's port of that name or number. */
    Optional<Integer> port(JsonNode nameOrNumber) {
        for (JsonNode port : container().path("ports")) {
            if (port.path("name").equals(nameOrNumber)
                    || port.path("containerPort").equals(nameOrNumber)) {
                return Optional.of(port.path("containerPort").asInt());
            }
        }
        return Optional.empty();
    }

    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        Map<String, String> environment = environment();
        container().path("args").forEach(argument -> arguments.add(expand(argument.asText(), environment)));
        return arguments;
    }

    /** The program's environment, as the kubelet would set it for one pod. */
    Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        for (JsonNode source : container().path("envFrom")) {
            among.find("ConfigMap", source.at("/configMapRef/name").asText())
                    .ifPresent(map -> map.path("data")
                            .properties()
                            .forEach(entry -> environment.put(
                                    entry.getKey(), entry.getValue().asText())));
        }
        for (JsonNode variable : container().path("env")) {
            environment.put(variable.path("name").asText(), value(variable, environment));
        }
        return environment;
    }

    private String value(JsonNode variable, Map<String, String> environment) {
        JsonNode source = variable.path("valueFrom");
        if (source.has("fieldRef")) {
            String field = source.at("/fieldRef/fieldPath").asText();
            return FIELDS.getOrDefault(field, "no such field: " + field);
        }
        if (source.has("configMapKeyRef")) {
            JsonNode key = source.path("configMapKeyRef");
            return among.find("ConfigMap", key.path("name").asText())
                    .map(map -> map.path("data").path(key.path("key").asText()).asText())
                    .orElse("");
        }
        return expand(variable.path("value").asText(), environment);
    }

    /** As Kubernetes does it: a variable that is not known by then stays as it is written. */
    private static String expand(String text, Map<String, String> environment) {
        return REFERENCE
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(environment.getOrDefault(found.group(1), found.group())));
    }
}
