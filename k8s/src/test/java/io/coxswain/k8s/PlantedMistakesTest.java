package io.coxswain.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes one thing in what an overlay renders to, and demands that it is found. */
class PlantedMistakesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Path tools = Path.of("");
    private static Rendered rendered = new Rendered(List.of());
    private static Rendered gpus = new Rendered(List.of());
    private static Rendered nodes = new Rendered(List.of());

    @BeforeAll
    static void render() throws Exception {
        tools = Tools.fetch();
        rendered = Rendered.of(Tools.render(tools, "overlays/cpu"));
        gpus = Rendered.of(Tools.render(tools, "overlays/gpu-per-pod"));
        nodes = Rendered.of(Tools.render(tools, "overlays/gpus-per-node"));
    }

    /** A null as the value takes the field away. */
    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            StatefulSet | worker | /spec/replica | 4 | /spec: property 'replica' is not defined in the schema
            StatefulSet | worker | /spec/template/spec/containers/0/readinessprobe | {} | property 'readinessprobe' is not defined
            StatefulSet | worker | /spec/replicas | "4" | /spec/replicas: string found, [integer, null] expected
            StatefulSet | worker | /spec/template/spec/terminationGracePeriodSeconds | "90s" | string found
            StatefulSet | worker | /spec/selector | null | required property 'selector' not found
            StatefulSet | worker | /spec/template/spec/containers/0/name | null | required property 'name' not found
            StatefulSet | worker | /apiVersion | "apps/v1beta1" | no kind "StatefulSet" in "apps/v1beta1"
            StatefulSet | coordinator | /spec/template/spec/containers/0/livenessProbe/grpc/port | "grpc" | string found
            NetworkPolicy | worker | /spec/podSelector | [] | array found, [object, null] expected
            Service | feed | /spec/ports/0/port | null | required property 'port' not found
            Job | feed | /spec/template/spec/restartpolicy | "Never" | property 'restartpolicy' is not defined
            """)
    void shouldFindWhatKubernetesDoesNotKnow(String kind, String component, String pointer, String json, String problem)
            throws Exception {
        assertThat(new SchemaCheck(tools.resolve("schemas")).problems(changed(kind, component, pointer, json)))
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            StatefulSet | worker | /spec/replicas | 5 | COXSWAIN_WORLD_SIZE, beside the workers' replicas: is 4, not 5
            StatefulSet | coordinator | /spec/replicas | 2 | replicas, beside COXSWAIN_REPLICA_COUNT: is 2, not 3
            StatefulSet | worker | /spec/selector/matchLabels/app.kubernetes.io~1component | "rank" | does not select its own pods
            StatefulSet | worker | /spec/serviceName | "workers" | serviceName "workers" is no Service
            StatefulSet | worker | /spec/serviceName | "coxswain-feed" | serviceName "coxswain-feed" is no Service of its pods
            StatefulSet | worker | /spec/podManagementPolicy | "OrderedReady" | podManagementPolicy: is OrderedReady, not Parallel
            StatefulSet | coordinator | /spec/podManagementPolicy | null | podManagementPolicy: is , not Parallel
            StatefulSet | worker | /spec/updateStrategy/type | "RollingUpdate" | updateStrategy: is RollingUpdate, not OnDelete
            StatefulSet | coordinator | /spec/template/spec/topologySpreadConstraints | null | no topologySpreadConstraints
            StatefulSet | coordinator | /spec/template/spec/topologySpreadConstraints/1/labelSelector/matchLabels/x | "y" | a topologySpreadConstraint does not select
            Service | coordinator | /spec/selector/app.kubernetes.io~1component | "worker" | selects no pod of its component
            Service | coordinator | /spec/publishNotReadyAddresses | false | publishNotReadyAddresses: is false, not true
            Service | coordinator | /spec/clusterIP | null | clusterIP: is , not None
            StatefulSet | coordinator | /metadata/name | "coordinator" | COXSWAIN_COORDINATOR: is coxswain-coordinator-0.
            Service | coordinator | /spec/ports/1/port | 5702 | COXSWAIN_REPLICAS_DNS names no Service coxswain-coordinator with a port 5701
            Service | worker | /spec/ports/0/targetPort | "probes" | target port "probes" is no port of StatefulSet coxswain-worker
            Service | feed | /metadata/name | "coxswain-front" | COXSWAIN_FEED names no Service coxswain-feed
            PodDisruptionBudget | worker | /spec/selector/matchLabels/app.kubernetes.io~1component | "rank" | selects no pod of its component
            PodDisruptionBudget | coordinator | /spec/maxUnavailable | 2 | maxUnavailable: is 2, not 1
            PodDisruptionBudget | worker | /spec/unhealthyPodEvictionPolicy | null | unhealthyPodEvictionPolicy: is , not AlwaysAllow
            NetworkPolicy | worker | /spec/ingress/0/ports/0/endPort | 4450 | its range, beside COXSWAIN_COLLECTIVE_PORTS: is 4400-4450
            NetworkPolicy | worker | /spec/ingress/0/from | [] | a rule lets everybody in
            NetworkPolicy | worker | /spec/ingress/0/from/0/podSelector/matchLabels/app.kubernetes.io~1component | "rank" | which nothing here makes
            NetworkPolicy | coordinator | /spec/ingress/0/ports/1/port | "shop" | port "shop" is no port of StatefulSet coxswain-coordinator
            NetworkPolicy | coordinator | /spec/policyTypes | ["Egress"] | policyTypes: is ["Egress"]
            ConfigMap | | /metadata/name | "coxswain-jobs" | there is no ConfigMap coxswain-job-
            ConfigMap | | /data/COXSWAIN_WORLD_SIZE | "four" | the worker refuses it: COXSWAIN_WORLD_SIZE is four
            ConfigMap | | /data/COXSWAIN_WORLDSIZE | "4" | COXSWAIN_WORLDSIZE is no flag of the worker
            """)
    void shouldFindWhatDoesNotFitTogether(String kind, String component, String pointer, String json, String problem)
            throws Exception {
        assertThat(Rules.problems(changed(kind, component, pointer, json)))
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    /** Below the pod's template: of the StatefulSets of the coordinators and the workers, or of the player's Job. */
    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            worker | /containers/0/args/0 | "wroker" | runs wroker, not one of
            worker | /containers/0/startupProbe/grpc/service | "started" | startupProbe.service: is started, not startup
            worker | /containers/0/readinessProbe/grpc/service | "liveness" | readinessProbe.service: is liveness, not readiness
            worker | /containers/0/livenessProbe/grpc/service | null | livenessProbe.service: is none, not liveness
            worker | /containers/0/livenessProbe | null | livenessProbe.service: is none, not liveness
            worker | /containers/0/readinessProbe/grpc/port | 4301 | readinessProbe.port: is 4301, not 4300
            worker | /containers/0/ports/0/containerPort | 4301 | the port health, beside what the program is told: is 4301, not 4300
            worker | /containers/0/lifecycle | null | the preStop command [] does not drain
            worker | /containers/0/lifecycle/preStop/exec/command/1 | "dry" | the preStop command [/app/bin/coxswain, dry,
            worker | /containers/0/lifecycle/preStop/exec/command/2 | "--tiemout=20s" | drain refuses it: Unknown option: '--tiemout=20s'
            worker | /containers/0/lifecycle/preStop/exec/command/2 | "--timeout=2m" | is 90, not more than the 150 s
            worker | /terminationGracePeriodSeconds | 50 | is 50, not more than the 50 s that a drain may take
            worker | /automountServiceAccountToken | null | automountServiceAccountToken: is true, not false
            worker | /enableServiceLinks | null | enableServiceLinks: is true, not false
            worker | /hostIPC | true | hostIPC: is true, not false
            worker | /securityContext/runAsNonRoot | null | securityContext.runAsNonRoot: is false, not true
            worker | /securityContext/runAsUser | 0 | securityContext.runAsUser is not a number above 0
            worker | /securityContext/seccompProfile/type | "Unconfined" | seccompProfile.type: is Unconfined
            worker | /containers/0/securityContext/readOnlyRootFilesystem | false | readOnlyRootFilesystem: is false
            worker | /containers/0/securityContext/allowPrivilegeEscalation | null | allowPrivilegeEscalation: is true
            worker | /containers/0/securityContext/privileged | true | privileged: is true, not false
            worker | /containers/0/securityContext/capabilities/drop/0 | "NET_RAW" | capabilities.drop: is ["NET_RAW"]
            worker | /containers/0/securityContext/capabilities/add | ["IPC_LOCK"] | capabilities.add is not allowed
            worker | /volumes/0/hostPath | {"path":"/tmp"} | is of the kind hostPath
            worker | /volumes/1/emptyDir/medium | null | the medium of /dev/shm: is , not Memory
            worker | /containers/0/volumeMounts/0/name | "temporary" | there is no volume "temporary"
            worker | /containers/0/volumeMounts/0/mountPath | "/scratch" | nothing that can be written is at /tmp
            worker | /containers/0/resources/limits/memory | "200Mi" | the heap of 160 MiB leaves too little of 200 MiB
            worker | /containers/0/resources/limits/nvidia.com~1gpu | "1" | whether it has a GPU, beside its device: is true, not false
            worker | /tolerations | [{"key":"nvidia.com/gpu"}] | whether it bears the taint, beside its device: is true, not false
            coordinator | /containers/0/readinessProbe/grpc/service | "" | readinessProbe.service: is , not readiness
            coordinator | /containers/0/ports/1/containerPort | 5702 | the port store, beside what the program is told: is 5702, not 5701
            feed | /containers/0/args/0 | "player" | runs player, not one of
            """)
    void shouldFindMistakesInThePods(String component, String pointer, String json, String problem) throws Exception {
        String kind = component.equals("feed") ? "Job" : "StatefulSet";
        assertThat(Rules.problems(changed(kind, component, "/spec/template/spec" + pointer, json)))
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            worker | COXSWAIN_HEALTH_PROT | 4300 | COXSWAIN_HEALTH_PROT is no flag of the worker
            worker | COXSWAIN_HEALTH_PORT | 4301 | the port health, beside what the program is told: is 4300, not 4301
            worker | COXSWAIN_DEVICE | gpu | the worker refuses it: Invalid value for option '--device'
            worker | COXSWAIN_DEVICE | cuda | whether it has a GPU, beside its device: is false, not true
            worker | COXSWAIN_COORDINATOR | coxswain-coordinator:4100 | COXSWAIN_COORDINATOR: is coxswain-coordinator:4100, not
            feed | COXSWAIN_COORDINATOR | coxswain-coordinator-0.coxswain-coordinator:4100 | COXSWAIN_COORDINATOR: is
            worker | COXSWAIN_FEED | coxswain-feed:42 | COXSWAIN_FEED names no Service coxswain-feed with a port 42
            worker | COXSWAIN_POD_INDEX | 0 | COXSWAIN_POD_INDEX: is , not metadata.labels
            worker | COXSWAIN_DRAIN_TIMEOUT | 80s | is 90, not more than the 100 s that a drain may take
            worker | COXSWAIN_LABELS | pod=pod-0 | COXSWAIN_LABELS: is pod=pod-0, not
            coordinator | COXSWAIN_PORT | 4101 | the port grpc, beside what the program is told: is 4100, not 4101
            coordinator | COXSWAIN_ON_LOSS | panic | the coordinator refuses it: Invalid value for option '--on-loss'
            coordinator | COXSWAIN_REPLICA_PORT | 5702 | COXSWAIN_REPLICAS_DNS names no Service coxswain-coordinator with a port 5702
            coordinator | COXSWAIN_REPLICA_COUNT | 5 | replicas, beside COXSWAIN_REPLICA_COUNT: is 3, not 5
            coordinator | COXSWAIN_REPLICAS_DNS | coordinators | COXSWAIN_REPLICAS_DNS names no Service coordinators
            feed | COXSWAIN_BIND | 0.0.0.0 | COXSWAIN_BIND is no flag of the play
            """)
    void shouldFindMistakesInWhatTheProgramsAreTold(String component, String variable, String value, String problem)
            throws Exception {
        Rendered mistaken = rendered.copy();
        ObjectNode object = mistaken.the(component.equals("feed") ? "Job" : "StatefulSet", component);
        ArrayNode environment = (ArrayNode) object.at("/spec/template/spec/containers/0/env");
        List<JsonNode> others = new ArrayList<>();
        environment.forEach(entry -> {
            if (!entry.path("name").asText().equals(variable)) {
                others.add(entry);
            }
        });
        environment.removeAll().addAll(others);
        environment.addObject().put("name", variable).put("value", value);

        assertThat(Rules.problems(mistaken))
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    /** Of the overlay in which a pod is a node's; below the StatefulSet's spec. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /replicas | 5 | --nnodes, beside replicas: is 4, not 5
            /template/spec/containers/0/args/2 | "--nproc-per-node=4" | --nproc-per-node, beside its GPUs: is 4, not 8
            /template/spec/containers/0/args/3 | "--node-rank=1" | --node-rank, of the first pod: is 1, not 0
            /template/spec/containers/0/args/4 | "--rdzv-endpoint=coxswain-worker-0:29400" | --rdzv-endpoint: is coxswain-worker-0:29400
            /template/spec/containers/0/args/6 | "--advertise-address=0.0.0.0" | --advertise-address: is 0.0.0.0
            /template/spec/containers/0/args/7 | "--device=cpu" | whether it has a GPU, beside its device: is true, not false
            /template/spec/containers/0/ports/0/containerPort | 29500 | --rdzv-endpoint: is coxswain-worker-0.coxswain-worker:29400
            /template/spec/containers/0/args/9 | "--on-loss=shrug" | the launch refuses it: launch.sh: Invalid value for option '--on-loss'
            /template/spec/containers/0/args/8 | "--coordinator=3" | the launch refuses it: launch.sh: Unknown option: '--coordinator=3'
            /template/spec/containers/0/args/5 | "--rdzv-id=" | the launch refuses it: launch.sh: --rdzv-id
            /template/spec/containers/0/env/0/name | "COXSWAIN_HEALTH_PROT" | COXSWAIN_HEALTH_PROT is no flag of the launch
            /template/spec/containers/0/args/11 | "--health-port=4301" | --health-port, beside its port: is 4301, not 4300
            /template/spec/containers/0/livenessProbe/grpc/service | "alive" | livenessProbe.service: is alive, not liveness
            /template/spec/containers/0/readinessProbe | null | readinessProbe.service: is none, not readiness
            /template/spec/securityContext/sysctls/0/value | "30000 60999" | the ports that NCCL gets: is net.ipv4.ip_local_port_range=30000-60999
            /template/spec/affinity | null | two of its pods may come to one node
            /template/spec/tolerations | null | whether it bears the taint, beside its device: is false, not true
            """)
    void shouldFindMistakesWhereAPodIsANode(String pointer, String json, String problem) throws Exception {
        assertThat(Rules.problems(changed(nodes, "StatefulSet", "worker", "/spec" + pointer, json)))
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            StatefulSet | /spec/template/spec/securityContext/sysctls/0/value | "32768 60999" | the ports that NCCL gets: is
            StatefulSet | /spec/template/spec/securityContext/sysctls | null | the ports that NCCL gets: is =, not
            StatefulSet | /spec/template/spec/containers/0/resources/limits/nvidia.com~1gpu | null | whether it has a GPU
            NetworkPolicy | /spec/ingress/0/ports/0/endPort | 29000 | its range, beside COXSWAIN_COLLECTIVE_PORTS: is 20000-29000
            """)
    void shouldFindMistakesWhereAPodHasAGpu(String kind, String pointer, String json, String problem) throws Exception {
        assertThat(Rules.problems(changed(gpus, kind, "worker", pointer, json)))
                .anySatisfy(found -> assertThat(found).contains(problem));
    }

    private static Rendered changed(String kind, String component, String pointer, String json) throws Exception {
        return changed(rendered, kind, component, pointer, json);
    }

    private static Rendered changed(Rendered from, String kind, String component, String pointer, String json)
            throws Exception {
        Rendered copy = from.copy();
        ObjectNode object =
                kind.equals("ConfigMap") ? copy.ofKind(kind).findFirst().orElseThrow() : copy.the(kind, component);
        JsonNode value = JSON.readTree(json);
        int last = pointer.lastIndexOf('/');
        String field = pointer.substring(last + 1).replace("~1", "/");
        JsonNode parent = object.at(pointer.substring(0, last));
        if (parent instanceof ArrayNode array) {
            array.set(Integer.parseInt(field), value);
        } else if (value.isNull()) {
            assertThat(((ObjectNode) parent).remove(field)).as(pointer).isNotNull();
        } else {
            ((ObjectNode) parent).set(field, value);
        }
        return copy;
    }
}
