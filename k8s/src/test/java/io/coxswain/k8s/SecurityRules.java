package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/** The restricted level of Pod Security, and what it does not ask for: a root that is read only, and no token. Stateless. */
final class SecurityRules {

    private static final Set<String> VOLUMES = Set.of("configMap", "emptyDir", "secret", "projected", "downwardAPI");

    private SecurityRules() {}

    static void check(Rendered rendered, Problems problems) {
        for (Workload workload : rendered.workloads()) {
            pod(workload, problems);
            container(workload, problems);
        }
    }

    private static void pod(Workload workload, Problems problems) {
        String title = workload.title();
        JsonNode pod = workload.podSpec();
        JsonNode security = pod.path("securityContext");
        problems.requireEqual(pod.path("containers").size(), 1, title + ": its containers");
        problems.requireEqual(
                security.path("runAsNonRoot").asBoolean(), true, title + ": securityContext.runAsNonRoot");
        problems.require(
                security.path("runAsUser").asInt() > 0, title, "securityContext.runAsUser is not a number above 0");
        problems.requireEqual(
                security.at("/seccompProfile/type").asText(), "RuntimeDefault", title + ": seccompProfile.type");
        problems.requireEqual(
                pod.path("automountServiceAccountToken").asBoolean(true),
                false,
                title + ": automountServiceAccountToken");
        problems.requireEqual(pod.path("enableServiceLinks").asBoolean(true), false, title + ": enableServiceLinks");
        for (String host : Set.of("hostNetwork", "hostPID", "hostIPC")) {
            problems.requireEqual(pod.path(host).asBoolean(), false, title + ": " + host);
        }
        for (JsonNode volume : pod.path("volumes")) {
            volume.properties()
                    .forEach(source -> problems.require(
                            source.getKey().equals("name") || VOLUMES.contains(source.getKey()),
                            title,
                            "volume " + volume.path("name").asText() + " is of the kind " + source.getKey()));
        }
    }

    private static void container(Workload workload, Problems problems) {
        String title = workload.title();
        JsonNode security = workload.container().path("securityContext");
        problems.requireEqual(
                security.path("allowPrivilegeEscalation").asBoolean(true), false, title + ": allowPrivilegeEscalation");
        problems.requireEqual(security.path("privileged").asBoolean(), false, title + ": privileged");
        problems.requireEqual(
                security.path("readOnlyRootFilesystem").asBoolean(), true, title + ": readOnlyRootFilesystem");
        problems.requireEqual(security.at("/capabilities/drop").toString(), "[\"ALL\"]", title + ": capabilities.drop");
        problems.require(security.at("/capabilities/add").isEmpty(), title, "capabilities.add is not allowed");
    }
}
