package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What fits together where a pod is a node's, and the launcher runs the workers in it. Stateless. */
final class NodeRules {

    static final String PROGRAM = "launch";

    private NodeRules() {}

    static void check(Workload nodes, Problems problems) {
        ObjectNode object = nodes.object();
        problems.requireEqual(
                flag(nodes, "nnodes"),
                object.at("/spec/replicas").asText(),
                nodes.title() + ": --nnodes, beside replicas");
        problems.requireEqual(
                flag(nodes, "nproc-per-node"),
                nodes.container().at("/resources/limits/nvidia.com~1gpu").asText(),
                nodes.title() + ": --nproc-per-node, beside its GPUs");
        problems.requireEqual(flag(nodes, "node-rank"), "0", nodes.title() + ": --node-rank, of the first pod");
        problems.requireEqual(
                flag(nodes, "rdzv-endpoint"),
                Rendered.nameOf(object) + "-0." + object.at("/spec/serviceName").asText() + ":"
                        + port(nodes, "rendezvous"),
                nodes.title() + ": --rdzv-endpoint");
        problems.requireEqual(
                flag(nodes, "health-port"), port(nodes, "health"), nodes.title() + ": --health-port, beside its port");
        problems.requireEqual(flag(nodes, "advertise-address"), "10.1.2.3", nodes.title() + ": --advertise-address");
        JsonNode apart =
                nodes.podSpec().at("/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0");
        problems.require(
                apart.path("topologyKey").asText().equals("kubernetes.io/hostname")
                        && nodes.isSelectedBy(apart.at("/labelSelector/matchLabels")),
                nodes.title(),
                "two of its pods may come to one node");
    }

    private static String port(Workload nodes, String name) {
        for (JsonNode port : nodes.container().path("ports")) {
            if (port.path("name").asText().equals(name)) {
                return port.path("containerPort").asText();
            }
        }
        return "none";
    }

    private static String flag(Workload nodes, String name) {
        List<String> arguments = nodes.arguments();
        String beginning = "--" + name + "=";
        return arguments.stream()
                .filter(argument -> argument.startsWith(beginning))
                .map(argument -> argument.substring(beginning.length()))
                .findFirst()
                .orElse("missing");
    }
}
