package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What names something else in the manifests has to find it: selectors, ports, volumes, ConfigMaps, Services. Stateless. */
final class ReferenceRules {

    private ReferenceRules() {}

    static void check(Rendered rendered, Problems problems) {
        List<Workload> workloads = rendered.workloads();
        rendered.ofKind("Service").forEach(service -> service(service, workloads, problems));
        rendered.ofKind("PodDisruptionBudget").forEach(budget -> {
            selectsItsComponent(budget, budget.at("/spec/selector/matchLabels"), workloads, problems);
            problems.requireEqual(
                    budget.at("/spec/maxUnavailable").asText(), "1", Rendered.title(budget) + ": maxUnavailable");
            problems.requireEqual(
                    budget.at("/spec/unhealthyPodEvictionPolicy").asText(),
                    "AlwaysAllow",
                    Rendered.title(budget) + ": unhealthyPodEvictionPolicy");
        });
        rendered.ofKind("NetworkPolicy").forEach(policy -> policy(policy, workloads, problems));
        workloads.forEach(workload -> workload(workload, rendered, problems));
    }

    private static void service(JsonNode service, List<Workload> workloads, Problems problems) {
        JsonNode selector = service.at("/spec/selector");
        selectsItsComponent(service, selector, workloads, problems);
        for (JsonNode port : service.at("/spec/ports")) {
            for (Workload workload : selected(selector, workloads)) {
                problems.require(
                        workload.port(port.path("targetPort")).isPresent(),
                        Rendered.title(service),
                        "target port " + port.path("targetPort") + " is no port of " + workload.title());
            }
        }
    }

    private static void policy(JsonNode policy, List<Workload> workloads, Problems problems) {
        JsonNode selector = policy.at("/spec/podSelector/matchLabels");
        selectsItsComponent(policy, selector, workloads, problems);
        problems.requireEqual(
                policy.at("/spec/policyTypes").toString(), "[\"Ingress\"]", Rendered.title(policy) + ": policyTypes");
        for (JsonNode rule : policy.at("/spec/ingress")) {
            problems.require(rule.path("from").size() > 0, Rendered.title(policy), "a rule lets everybody in");
            for (JsonNode peer : rule.path("from")) {
                JsonNode labels = peer.at("/podSelector/matchLabels");
                problems.require(
                        isFeed(labels) || !selected(labels, workloads).isEmpty(),
                        Rendered.title(policy),
                        "lets in pods with " + labels + ", which nothing here makes");
            }
            for (JsonNode port : rule.path("ports")) {
                for (Workload workload : selected(selector, workloads)) {
                    problems.require(
                            port.has("endPort")
                                    || workload.port(port.path("port")).isPresent(),
                            Rendered.title(policy),
                            "port " + port.path("port") + " is no port of " + workload.title());
                }
            }
        }
    }

    private static void workload(Workload workload, Rendered rendered, Problems problems) {
        String title = workload.title();
        JsonNode spec = workload.object().path("spec");
        if (spec.has("selector")) {
            problems.require(
                    workload.isSelectedBy(spec.at("/selector/matchLabels")), title, "does not select its own pods");
        }
        if (spec.has("serviceName")) {
            Optional<? extends JsonNode> service =
                    rendered.find("Service", spec.path("serviceName").asText());
            problems.require(
                    service.filter(found -> workload.isSelectedBy(found.at("/spec/selector")))
                            .isPresent(),
                    title,
                    "serviceName " + spec.path("serviceName") + " is no Service of its pods");
        }
        for (JsonNode spread : workload.podSpec().path("topologySpreadConstraints")) {
            problems.require(
                    workload.isSelectedBy(spread.at("/labelSelector/matchLabels")),
                    title,
                    "a topologySpreadConstraint does not select its own pods");
        }
        for (JsonNode source : workload.container().path("envFrom")) {
            String name = source.at("/configMapRef/name").asText();
            problems.require(rendered.find("ConfigMap", name).isPresent(), title, "there is no ConfigMap " + name);
        }
        volumes(workload, problems);
    }

    private static void volumes(Workload workload, Problems problems) {
        Set<String> volumes = new HashSet<>();
        workload.podSpec()
                .path("volumes")
                .forEach(volume -> volumes.add(volume.path("name").asText()));
        Set<String> paths = new HashSet<>();
        for (JsonNode mount : workload.container().path("volumeMounts")) {
            problems.require(
                    volumes.contains(mount.path("name").asText()),
                    workload.title(),
                    "there is no volume " + mount.path("name"));
            paths.add(mount.path("mountPath").asText());
        }
        problems.require(paths.contains("/tmp"), workload.title(), "nothing that can be written is at /tmp");
    }

    /** Pods of the feed are the user's own where no trace player is. */
    private static void selectsItsComponent(
            JsonNode object, JsonNode selector, List<Workload> workloads, Problems problems) {
        String component =
                object.at("/metadata/labels/app.kubernetes.io~1component").asText();
        boolean isThere = workloads.stream()
                .anyMatch(workload -> workload.component().equals(component) && workload.isSelectedBy(selector));
        boolean isUsers = component.equals("feed")
                && isFeed(selector)
                && workloads.stream().noneMatch(workload -> workload.component().equals(component));
        problems.require(isThere || isUsers, Rendered.title(object), "selects no pod of its component, by " + selector);
    }

    private static boolean isFeed(JsonNode labels) {
        return labels.path("app.kubernetes.io/component").asText().equals("feed");
    }

    private static List<Workload> selected(JsonNode selector, List<Workload> workloads) {
        return workloads.stream()
                .filter(workload -> workload.isSelectedBy(selector))
                .toList();
    }
}
