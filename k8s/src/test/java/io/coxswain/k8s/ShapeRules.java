package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many pods there are, how they come and go, and what a worker's has. Stateless. */
final class ShapeRules {

    private static final Pattern HEAP = Pattern.compile("-Xmx([0-9]+)([mg])");
    private static final Pattern MEMORY = Pattern.compile("([0-9]+)(Mi|Gi)");
    private static final int MEBIBYTES_OF_A_GIBIBYTE = 1024;

    private ShapeRules() {}

    static void check(Rendered rendered, Problems problems) {
        for (Workload workload : rendered.workloads()) {
            memory(workload, problems);
            JsonNode spec = workload.object().path("spec");
            if (workload.component().equals("coordinator")) {
                parallel(workload, problems);
                problems.requireEqual(
                        spec.at("/updateStrategy/type").asText(),
                        "RollingUpdate",
                        workload.title() + ": updateStrategy");
                problems.require(
                        workload.podSpec().path("topologySpreadConstraints").size() > 0,
                        workload.title(),
                        "no topologySpreadConstraints");
            } else if (workload.component().equals("worker")) {
                parallel(workload, problems);
                problems.requireEqual(
                        spec.at("/updateStrategy/type").asText(), "OnDelete", workload.title() + ": updateStrategy");
                sharedMemory(workload, problems);
                if (ProgramRules.program(workload).equals(NodeRules.PROGRAM)) {
                    NodeRules.check(workload, problems);
                    pods(workload, letIn(rendered), problems);
                } else {
                    worldSize(workload, rendered, problems);
                    collectives(workload, rendered, problems);
                }
                devices(workload, problems);
            }
        }
    }

    private static void parallel(Workload workload, Problems problems) {
        problems.requireEqual(
                workload.object().at("/spec/podManagementPolicy").asText(),
                "Parallel",
                workload.title() + ": podManagementPolicy");
    }

    /** Each place has a pod, and everybody knows how many there are. */
    private static void worldSize(Workload worker, Rendered rendered, Problems problems) {
        String replicas = worker.object().at("/spec/replicas").asText();
        for (Workload workload : rendered.workloads()) {
            problems.requireEqual(
                    workload.environment().get("COXSWAIN_WORLD_SIZE"),
                    replicas,
                    workload.title() + ": COXSWAIN_WORLD_SIZE, beside the workers' replicas");
        }
    }

    private static void sharedMemory(Workload worker, Problems problems) {
        String volume = "";
        for (JsonNode mount : worker.container().path("volumeMounts")) {
            if (mount.path("mountPath").asText().equals("/dev/shm")) {
                volume = mount.path("name").asText();
            }
        }
        String medium = "";
        for (JsonNode candidate : worker.podSpec().path("volumes")) {
            if (candidate.path("name").asText().equals(volume)) {
                medium = candidate.at("/emptyDir/medium").asText();
            }
        }
        problems.requireEqual(medium, "Memory", worker.title() + ": the medium of /dev/shm");
    }

    /** The range that the program keeps to is the one that is let in. */
    private static void collectives(Workload worker, Rendered rendered, Problems problems) {
        String let = letIn(rendered);
        problems.requireEqual(
                let,
                worker.environment().get("COXSWAIN_COLLECTIVE_PORTS"),
                "NetworkPolicy of the worker: its range, beside COXSWAIN_COLLECTIVE_PORTS");
        if (isCuda(worker)) {
            pods(worker, let, problems);
        }
    }

    private static String letIn(Rendered rendered) {
        String let = "none";
        for (JsonNode rule : rendered.the("NetworkPolicy", "worker").at("/spec/ingress")) {
            for (JsonNode port : rule.path("ports")) {
                if (port.has("endPort")) {
                    let = port.path("port").asText() + "-"
                            + port.path("endPort").asText();
                }
            }
        }
        return let;
    }

    /** The ports that the kernel picks where any will do. */
    private static void pods(Workload worker, String let, Problems problems) {
        JsonNode sysctl = worker.podSpec().at("/securityContext/sysctls/0");
        problems.requireEqual(
                sysctl.path("name").asText() + "="
                        + sysctl.path("value").asText().replace(' ', '-'),
                "net.ipv4.ip_local_port_range=" + let,
                worker.title() + ": the ports that NCCL gets");
    }

    private static boolean isCuda(Workload worker) {
        return worker.arguments().contains("--device=cuda")
                || worker.environment()
                        .getOrDefault("COXSWAIN_DEVICE", "auto")
                        .toLowerCase(Locale.ROOT)
                        .equals("cuda");
    }

    /** Who runs on GPUs asks for them, and bears their nodes' taint. */
    private static void devices(Workload worker, Problems problems) {
        boolean cuda = isCuda(worker);
        int gpus = worker.container().at("/resources/limits/nvidia.com~1gpu").asInt();
        boolean tolerates = false;
        for (JsonNode toleration : worker.podSpec().path("tolerations")) {
            tolerates |= toleration.path("key").asText().equals("nvidia.com/gpu");
        }
        problems.requireEqual(gpus > 0, cuda, worker.title() + ": whether it has a GPU, beside its device");
        problems.requireEqual(tolerates, cuda, worker.title() + ": whether it bears the taint, beside its device");
    }

    /** A JVM needs about half as much again beside its heap; where the limit is met the kernel kills it. */
    private static void memory(Workload workload, Problems problems) {
        Matcher heap = HEAP.matcher(workload.environment().getOrDefault("COXSWAIN_JAVA_OPTS", ""));
        Matcher limit = MEMORY.matcher(
                workload.container().at("/resources/limits/memory").asText());
        if (!heap.find() || !limit.matches()) {
            problems.require(false, workload.title(), "-Xmx or the limit of its memory is missing");
            return;
        }
        int heapMebibytes = Integer.parseInt(heap.group(1)) * (heap.group(2).equals("g") ? MEBIBYTES_OF_A_GIBIBYTE : 1);
        int limitMebibytes =
                Integer.parseInt(limit.group(1)) * (limit.group(2).equals("Gi") ? MEBIBYTES_OF_A_GIBIBYTE : 1);
        problems.require(
                heapMebibytes * 3 / 2 <= limitMebibytes,
                workload.title(),
                "the heap of " + heapMebibytes + " MiB leaves too little of " + limitMebibytes + " MiB");
    }
}
