package io.coxswain.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.coxswain.coordinator.grpc.Probes;
import io.coxswain.worker.health.HealthService;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the programs are told has to be what they take: flags, ports, addresses, health services, and time to drain. Stateless. */
final class ProgramRules {

    private static final List<String> PROBES = List.of("startupProbe", "readinessProbe", "livenessProbe");
    /** Of a worker, and of a launcher for all of its. */
    private static final Map<String, String> WORKER_SERVICES = Map.of(
            "startupProbe", HealthService.STARTUP.serviceName(),
            "readinessProbe", HealthService.READINESS.serviceName(),
            "livenessProbe", HealthService.LIVENESS.serviceName());

    private static final String SCRIPT = "/app/bin/coxswain";

    private ProgramRules() {}

    static void check(Rendered rendered, Problems problems) throws IOException, InterruptedException {
        for (Workload workload : rendered.workloads()) {
            String program = program(workload);
            if (program.equals(NodeRules.PROGRAM)) {
                probes(workload, "health", WORKER_SERVICES, problems);
                launch(workload, problems);
                continue; // it tells its workers all by itself
            }
            if (!Programs.names().contains(program)) {
                problems.require(false, workload.title(), "runs " + program + ", not one of " + Programs.names());
                continue;
            }
            flags(workload, program, problems);
            switch (program) {
                case "coordinator" -> coordinator(workload, problems);
                case "worker" -> worker(workload, problems);
                default -> {
                    // a Job has no probes: it is done, or it is not
                }
            }
            addresses(workload, rendered, problems);
        }
    }

    /** What the image is to run. */
    static String program(Workload workload) {
        return workload.arguments().isEmpty() ? "" : workload.arguments().get(0);
    }

    private static void flags(Workload workload, String program, Problems problems) {
        Set<String> known = Programs.variables(program);
        ours(workload)
                .forEach(name -> problems.require(
                        known.contains(name), workload.title(), name + " is no flag of the " + program));
        refusal(workload, program, Programs.refusal(program, flags(workload), workload.environment()), problems);
    }

    private static void launch(Workload workload, Problems problems) throws IOException, InterruptedException {
        List<String> ours = ours(workload);
        if (!ours.isEmpty()) {
            Set<String> known = LaunchProgram.variables();
            ours.forEach(name -> problems.require(
                    known.contains(name), workload.title(), name + " is no flag of the " + NodeRules.PROGRAM));
        }
        refusal(workload, NodeRules.PROGRAM, LaunchProgram.refusal(flags(workload), workload.environment()), problems);
    }

    /** The variables that only a flag of the program can be meant by. */
    private static List<String> ours(Workload workload) {
        return workload.environment().keySet().stream()
                .filter(name -> name.startsWith("COXSWAIN_") && !Programs.NO_FLAGS.contains(name))
                .toList();
    }

    private static List<String> flags(Workload workload) {
        List<String> arguments = workload.arguments();
        return arguments.subList(1, arguments.size());
    }

    private static void refusal(Workload workload, String program, Optional<String> why, Problems problems) {
        why.ifPresent(
                refusal -> problems.require(false, workload.title(), "the " + program + " refuses it: " + refusal));
    }

    private static void coordinator(Workload workload, Problems problems) {
        Map<String, String> environment = workload.environment();
        String port = environment.getOrDefault("COXSWAIN_PORT", "");
        requirePort(workload, "grpc", port, problems);
        requirePort(workload, "store", environment.getOrDefault("COXSWAIN_REPLICA_PORT", ""), problems);
        probes(
                workload,
                "grpc",
                Map.of(
                        "startupProbe", Probes.STARTUP,
                        "readinessProbe", Probes.READINESS,
                        "livenessProbe", Probes.LIVENESS),
                problems);
        problems.requireEqual(
                workload.object().at("/spec/replicas").asText(),
                environment.get("COXSWAIN_REPLICA_COUNT"),
                workload.title() + ": replicas, beside COXSWAIN_REPLICA_COUNT");
    }

    private static void worker(Workload workload, Problems problems) {
        Map<String, String> environment = workload.environment();
        requirePort(workload, "health", environment.getOrDefault("COXSWAIN_HEALTH_PORT", ""), problems);
        probes(workload, "health", WORKER_SERVICES, problems);
        String field = "";
        for (JsonNode variable : workload.container().path("env")) {
            if (variable.path("name").asText().equals("COXSWAIN_POD_INDEX")) {
                field = variable.at("/valueFrom/fieldRef/fieldPath").asText();
            }
        }
        problems.requireEqual(
                field, "metadata.labels['apps.kubernetes.io/pod-index']", workload.title() + ": COXSWAIN_POD_INDEX");
        problems.requireEqual(
                environment.get("COXSWAIN_LABELS"),
                "pod=pod-0,uid=5f7b2c1e-0000-4000-8000-000000000000",
                workload.title() + ": COXSWAIN_LABELS");
        drain(workload, environment, problems);
    }

    /** The name of a container's port, and the number that the program is told. */
    private static void requirePort(Workload workload, String name, String told, Problems problems) {
        String declared = "none";
        for (JsonNode port : workload.container().path("ports")) {
            if (port.path("name").asText().equals(name)) {
                declared = port.path("containerPort").asText();
            }
        }
        problems.requireEqual(
                declared, told, workload.title() + ": the port " + name + ", beside what the program is told");
    }

    private static void probes(Workload workload, String port, Map<String, String> services, Problems problems) {
        PROBES.forEach(probe -> probe(workload, probe, port, services, problems));
    }

    private static void probe(
            Workload workload, String probe, String port, Map<String, String> services, Problems problems) {
        JsonNode grpc = workload.container().path(probe).path("grpc");
        String where = workload.title() + ": " + probe;
        problems.requireEqual(grpc.path("service").asText("none"), services.get(probe), where + ".service");
        String declared = "";
        for (JsonNode candidate : workload.container().path("ports")) {
            if (candidate.path("name").asText().equals(port)) {
                declared = candidate.path("containerPort").asText();
            }
        }
        problems.requireEqual(grpc.path("port").asText("none"), declared, where + ".port");
    }

    /** The kubelet's patience has to outlast the question, and the leaving of whoever was refused it. */
    private static void drain(Workload workload, Map<String, String> environment, Problems problems) {
        List<String> command = new ArrayList<>();
        workload.container().at("/lifecycle/preStop/exec/command").forEach(word -> command.add(word.asText()));
        if (command.size() < 2 || !command.subList(0, 2).equals(List.of(SCRIPT, "drain"))) {
            problems.require(false, workload.title(), "the preStop command " + command + " does not drain");
            return;
        }
        List<String> arguments = command.subList(2, command.size());
        Optional<String> refusal = Programs.refusal("drain", arguments, environment);
        refusal.ifPresent(why -> problems.require(false, workload.title(), "drain refuses it: " + why));
        if (refusal.isEmpty()
                && Programs.refusal("worker", List.of(), environment).isEmpty()) {
            Duration question = Programs.time("drain", "--timeout", arguments, environment);
            Duration leaving = Programs.time("worker", "--drain-timeout", List.of(), environment);
            Duration least = question.plus(leaving);
            Duration grace = Duration.ofSeconds(
                    workload.podSpec().path("terminationGracePeriodSeconds").asLong());
            problems.require(
                    grace.compareTo(least) > 0,
                    workload.title(),
                    "terminationGracePeriodSeconds is " + grace.toSeconds() + ", not more than the " + least.toSeconds()
                            + " s that a drain may take");
        }
    }

    /** Addresses that name a Service and its port, or each of the coordinators' pods by its name below the Service's. */
    private static void addresses(Workload workload, Rendered rendered, Problems problems) {
        Map<String, String> environment = workload.environment();
        if (environment.containsKey("COXSWAIN_FEED")) {
            String[] address = environment.get("COXSWAIN_FEED").split(":", 2);
            requireService(
                    workload, "COXSWAIN_FEED", address[0], address.length == 2 ? address[1] : "", rendered, problems);
        }
        if (environment.containsKey("COXSWAIN_COORDINATOR")) {
            ObjectNode coordinators = rendered.the("StatefulSet", "coordinator");
            String port = new Workload(coordinators, rendered).environment().getOrDefault("COXSWAIN_PORT", "");
            String service = coordinators.at("/spec/serviceName").asText();
            String all = IntStream.range(0, coordinators.at("/spec/replicas").asInt())
                    .mapToObj(index -> Rendered.nameOf(coordinators) + "-" + index + "." + service + ":" + port)
                    .collect(Collectors.joining(","));
            problems.requireEqual(
                    environment.get("COXSWAIN_COORDINATOR"), all, workload.title() + ": COXSWAIN_COORDINATOR");
        }
        if (environment.containsKey("COXSWAIN_REPLICAS_DNS")) {
            String name = environment.get("COXSWAIN_REPLICAS_DNS");
            requireService(
                    workload,
                    "COXSWAIN_REPLICAS_DNS",
                    name,
                    environment.getOrDefault("COXSWAIN_REPLICA_PORT", ""),
                    rendered,
                    problems);
            rendered.find("Service", name).ifPresent(service -> {
                problems.requireEqual(
                        service.at("/spec/publishNotReadyAddresses").asBoolean(),
                        true,
                        Rendered.title(service) + ": publishNotReadyAddresses");
                problems.requireEqual(
                        service.at("/spec/clusterIP").asText(), "None", Rendered.title(service) + ": clusterIP");
            });
        }
    }

    private static void requireService(
            Workload workload, String variable, String name, String port, Rendered rendered, Problems problems) {
        boolean found = rendered.find("Service", name)
                .filter(service -> {
                    boolean has = false;
                    for (JsonNode candidate : service.at("/spec/ports")) {
                        has |= candidate.path("port").asText().equals(port);
                    }
                    return has;
                })
                .isPresent();
        problems.require(found, workload.title(), variable + " names no Service " + name + " with a port " + port);
    }
}
