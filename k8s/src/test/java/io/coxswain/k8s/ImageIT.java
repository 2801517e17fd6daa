package io.coxswain.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.coxswain.types.ReservedPort;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The image, unpacked, its programs run as the manifests have them run: their arguments, their environment, their probes and their
 * hook. Other than in a cluster there is one coordinator and two workers, on loopback and on ports that are free.
 */
@Timeout(300)
class ImageIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int WORKERS = 2;
    private static final String REQUESTS = "60";
    private static final String NOBODY = "65532";

    private final List<Process> processes = new ArrayList<>();
    private final List<ReservedPort> ports = new ArrayList<>();
    private final String coordinator = loopback();
    private final String feed = loopback();
    private Rendered rendered = new Rendered(List.of());

    @TempDir
    private Path folder;

    @BeforeEach
    void render() throws Exception {
        UnpackedImage.requireNamespaces();
        rendered = Rendered.of(Tools.render(Tools.fetch(), "overlays/cpu"));
    }

    @AfterEach
    void end() throws InterruptedException, IOException {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.waitFor(5, TimeUnit.SECONDS); // it ends with its child, whose end nobody else would wait for
            process.destroyForcibly();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        for (ReservedPort port : ports) {
            port.close();
        }
    }

    @Test
    void shouldRunAJobAnswerItsProbesAndDrainAsAnybodyOnAReadOnlyRoot() throws Exception {
        UnpackedImage image = UnpackedImage.of(Tools.MODULE.resolve("target"));
        shouldWriteNowhereButBelowTmp(image);
        shouldClearSharedMemoryBeforeAWorkerStarts(image);

        Workload coordinators = new Workload(rendered.the("StatefulSet", "coordinator"), rendered);
        start(image, coordinators, "pod-0", coordinatorVariables(coordinators));
        awaitProbes(coordinators, port(coordinator));
        Workload player = new Workload(rendered.the("Job", "feed"), rendered);
        Process play = start(image, player, "player", playerVariables(player));
        Workload workers = new Workload(rendered.the("StatefulSet", "worker"), rendered);
        List<Process> ranks = new ArrayList<>();
        List<Map<String, String>> variables = new ArrayList<>();
        for (int place = 0; place < WORKERS; place++) {
            variables.add(workerVariables(workers, place));
            ranks.add(start(image, workers, "worker-" + place, variables.get(place)));
        }
        for (Map<String, String> ofOne : variables) {
            awaitProbes(workers, Integer.parseInt(ofOne.get("COXSWAIN_HEALTH_PORT")));
        }
        assertThat(ranks).allSatisfy(rank -> assertThat(userOf(rank)).isEqualTo(NOBODY));

        List<String> hook = new ArrayList<>();
        workers.container().at("/lifecycle/preStop/exec/command").forEach(word -> hook.add(word.asText()));
        Process drain = image.exec("worker-1", hook, variables.get(1), log("drain"));
        processes.add(drain);
        assertThat(endOf(drain)).as(() -> said("drain")).isZero();
        assertThat(endOf(ranks.get(1))).as(() -> said("worker-1")).isZero();

        assertThat(endOf(play)).as(() -> said("player")).isZero();
        assertThat(endOf(ranks.get(0))).as(() -> said("worker-0")).isZero();
        assertThat(said("player")).contains(REQUESTS + " completed").contains("verification  passed");
    }

    private void shouldWriteNowhereButBelowTmp(UnpackedImage image) throws Exception {
        Process touch = image.exec(
                "pod-0", List.of("/bin/sh", "-c", "echo x > /tmp/x && ! echo x > /app/x"), Map.of(), log("touch"));
        processes.add(touch);
        assertThat(endOf(touch)).as(() -> said("touch")).isZero();
        assertThat(said("touch")).contains("Read-only file system");
    }

    private void shouldClearSharedMemoryBeforeAWorkerStarts(UnpackedImage image) throws Exception {
        String command = "touch() { : > $1; }; touch /dev/shm/nccl-1; touch /dev/shm/.hidden; "
                + "/app/bin/coxswain worker --help | grep -c -e --place; ls -A /dev/shm; echo end";
        Process worker = image.exec("pod-0", List.of("/bin/sh", "-c", command), Map.of(), log("clear"));
        processes.add(worker);
        assertThat(endOf(worker)).as(() -> said("clear")).isZero();
        assertThat(said("clear")
                        .lines()
                        .dropWhile(line -> !line.matches("[1-9]"))
                        .skip(1))
                .as(() -> said("clear"))
                .containsExactly("end");
    }

    private Process start(UnpackedImage image, Workload workload, String pod, Map<String, String> variables)
            throws IOException {
        Process process = image.start(pod, workload.arguments(), variables, log(pod));
        processes.add(process);
        return process;
    }

    private Map<String, String> coordinatorVariables(Workload workload) {
        Map<String, String> variables = new HashMap<>(workload.environment());
        variables.keySet().removeIf(name -> name.startsWith("COXSWAIN_REPLICA"));
        variables.putAll(Map.of(
                "COXSWAIN_WORLD_SIZE", "" + WORKERS,
                "COXSWAIN_MIN_RANKS", "1",
                "COXSWAIN_BIND", "127.0.0.1",
                "COXSWAIN_ADVERTISE_ADDRESS", "127.0.0.1",
                "COXSWAIN_PORT", "" + port(coordinator)));
        return variables;
    }

    private Map<String, String> playerVariables(Workload workload) {
        Map<String, String> variables = new HashMap<>(workload.environment());
        variables.putAll(Map.of(
                "COXSWAIN_WORLD_SIZE",
                "" + WORKERS,
                "COXSWAIN_COORDINATOR",
                coordinator,
                "COXSWAIN_LISTEN",
                feed,
                "COXSWAIN_MAX_REQUESTS",
                "60",
                "COXSWAIN_SPEED",
                "0.5"));
        return variables;
    }

    private Map<String, String> workerVariables(Workload workload, int place) {
        Map<String, String> variables = new HashMap<>(workload.environment());
        variables.putAll(Map.of(
                "COXSWAIN_WORLD_SIZE",
                "" + WORKERS,
                "COXSWAIN_POD_INDEX",
                "" + place,
                "COXSWAIN_COORDINATOR",
                coordinator,
                "COXSWAIN_FEED",
                feed,
                "COXSWAIN_BIND",
                "127.0.0.1",
                "COXSWAIN_HEALTH_PORT",
                "" + port(loopback())));
        return variables;
    }

    /** Each of the container's probes, as the kubelet asks it. */
    private void awaitProbes(Workload workload, int port) {
        ManagedChannel channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        try {
            for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
                JsonNode grpc = workload.container().path(probe).path("grpc");
                String service = grpc.path("service").asText();
                await(workload.title() + ": " + probe).atMost(PATIENCE).until(() -> serves(channel, service));
            }
        } finally {
            channel.shutdownNow();
        }
    }

    private static boolean serves(ManagedChannel channel, String service) {
        try {
            return HealthGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(2, TimeUnit.SECONDS)
                            .check(HealthCheckRequest.newBuilder()
                                    .setService(service)
                                    .build())
                            .getStatus()
                    == ServingStatus.SERVING;
        } catch (StatusRuntimeException notYet) {
            return false;
        }
    }

    /** The user that the program itself, which is below unshare, runs as. */
    private static String userOf(Process started) throws IOException {
        ProcessHandle program =
                started.descendants().reduce((first, last) -> last).orElseThrow();
        return Files.readAllLines(Path.of("/proc/" + program.pid() + "/status")).stream()
                .filter(line -> line.startsWith("Uid:"))
                .map(line -> line.split("\\s+", -1)[1])
                .findFirst()
                .orElseThrow();
    }

    private static int endOf(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }

    private String said(String name) {
        try {
            return Files.readString(log(name));
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    /** A port that is kept for whoever is told of it, until the test has ended. */
    private String loopback() {
        try {
            ReservedPort port = ReservedPort.onLoopback();
            ports.add(port);
            return port.address();
        } catch (IOException none) {
            throw new IllegalStateException("no port is free", none);
        }
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }
}
