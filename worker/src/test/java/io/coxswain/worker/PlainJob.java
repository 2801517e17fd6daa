package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coxswain.types.ReservedPort;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A job that nobody launches: each of its processes is a script of this checkout, told by its environment what it is. Closing it leaves
 * no process. Used by the test's thread.
 */
final class PlainJob implements AutoCloseable {

    private final Path directory;
    private final int worldSize;
    private final ReservedPort coordinatorPort = ReservedPort.onLoopback();
    private final ReservedPort feedPort = ReservedPort.onLoopback();
    private final List<ReservedPort> healthPorts = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();

    PlainJob(Path directory, int worldSize) throws IOException {
        this.directory = directory;
        this.worldSize = worldSize;
        for (int place = 0; place < worldSize; place++) {
            healthPorts.add(ReservedPort.onLoopback());
        }
    }

    /** Starts a script; its output goes to a file of that name. */
    Process start(String name, String script, Map<String, String> environment, String... arguments) throws IOException {
        return start(name, JobProcess.script(directory, script, List.of(arguments)), environment);
    }

    /** Starts a program of the test's class path. */
    Process java(String name, Class<?> main, Map<String, String> environment) throws IOException {
        return start(
                name,
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName()),
                environment);
    }

    private Process start(String name, ProcessBuilder builder, Map<String, String> environment) throws IOException {
        builder.environment().putAll(environment);
        builder.environment().put("COXSWAIN_COORDINATOR", coordinatorPort.address());
        builder.environment().put("COXSWAIN_FEED", feedPort.address());
        builder.environment().put("COXSWAIN_WORLD_SIZE", Integer.toString(worldSize));
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output(name).toFile())
                .start();
        processes.add(process);
        return process;
    }

    private Path output(String name) {
        return directory.resolve(name + ".log");
    }

    /** What a process has said by now. */
    String said(String name) {
        try {
            return Files.readString(output(name));
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    Process coordinator(String... arguments) throws IOException {
        return start(
                "coordinator",
                "coordinator.sh",
                Map.of("COXSWAIN_PORT", Integer.toString(coordinatorPort.number()), "COXSWAIN_LINGER", "3s"),
                arguments);
    }

    Process player(String... arguments) throws IOException {
        return start("player", "play.sh", Map.of("COXSWAIN_LISTEN", feedPort.address()), arguments);
    }

    /** A small one on the CPU that checks its rows; the environment says which place it has. */
    Process worker(String name, Map<String, String> environment) throws IOException {
        Map<String, String> all = new HashMap<>(Map.of(
                "COXSWAIN_DEVICE", "cpu",
                "COXSWAIN_HIDDEN_WIDTH", "32",
                "COXSWAIN_INNER_WIDTH", "64",
                "COXSWAIN_MAX_BATCH_REQUESTS", "4",
                "COXSWAIN_VERIFY", "true",
                "COXSWAIN_STEP_LOG", directory.resolve("steps").toString(),
                "COXSWAIN_READINESS_LIMIT", "5s"));
        all.putAll(environment);
        return start(name, "worker.sh", all);
    }

    /** One as a pod has it. */
    Process pod(String name, int place) throws IOException {
        return worker(
                name,
                Map.of(
                        "COXSWAIN_POD_INDEX",
                        Integer.toString(place),
                        "COXSWAIN_LABELS",
                        "pod=worker-" + place + ",uid=" + name,
                        "COXSWAIN_PREDECESSOR_ENDED",
                        "true",
                        "COXSWAIN_HEALTH_PORT",
                        Integer.toString(healthPorts.get(place).number()),
                        "COXSWAIN_DRAIN_TIMEOUT",
                        "20s"));
    }

    GetStatusResponse awaitStatus(Predicate<GetStatusResponse> wanted) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", coordinatorPort.number())
                .usePlaintext()
                .build();
        channels.add(channel);
        return await("the status")
                .atMost(JobProcess.LIMIT)
                .ignoreExceptionsInstanceOf(StatusRuntimeException.class) // of a coordinator that is not up yet
                .until(() -> status(channel), wanted);
    }

    private static GetStatusResponse status(ManagedChannel channel) {
        channel.resetConnectBackoff(); // whose pauses outlast a short job
        return StatusServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(10, TimeUnit.SECONDS)
                .getStatus(GetStatusRequest.getDefaultInstance());
    }

    /** What the worker at a place answers for one of its health services: a status, or why there is none. */
    String health(int place, String service) {
        return HealthProbe.ask(healthPorts.get(place).number(), service);
    }

    boolean isReady(int place) {
        return health(place, "readiness").equals(ServingStatus.SERVING.name());
    }

    /** The exit code of a process, once it has ended. */
    static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(JobProcess.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("the process has ended")
                .isTrue();
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        channels.forEach(ManagedChannel::shutdownNow);
        processes.forEach(Process::destroyForcibly);
        coordinatorPort.close();
        feedPort.close();
        for (ReservedPort port : healthPorts) {
            port.close();
        }
    }
}
