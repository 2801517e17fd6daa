package io.coxswain.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The coordinator's program as a process of its own. Used by the test's thread. */
final class CoordinatorProcess implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;
    private static final long ANSWER_MILLIS = 500;

    private final Process process;
    private final Path log;
    private final BufferedReader out;
    private @Nullable ManagedChannel channel;

    private CoordinatorProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts one; its first line is not waited for. */
    static CoordinatorProcess start(Path directory, String... flags) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                CoordinatorMain.class.getName(),
                "--job-dir",
                directory.toString()));
        command.addAll(List.of(flags));
        Path log = Files.createTempFile(directory, "coordinator-", ".log");
        return new CoordinatorProcess(
                new ProcessBuilder(command)
                        .redirectError(Redirect.to(log.toFile()))
                        .start(),
                log);
    }

    /** Waits for the address that it prints; null where it has ended without. */
    @Nullable
    String address() throws IOException {
        String line = out.readLine();
        if (line != null) {
            channel = NettyChannelBuilder.forTarget(line).usePlaintext().build();
        }
        return line;
    }

    boolean isServing() {
        return isServing("");
    }

    /** Whether a health service of it is SERVING; false as well where it does not answer. */
    boolean isServing(String service) {
        try {
            return HealthGrpc.newBlockingStub(channel())
                            .withDeadlineAfter(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                            .check(HealthCheckRequest.newBuilder()
                                    .setService(service)
                                    .build())
                            .getStatus()
                    == ServingStatus.SERVING;
        } catch (StatusRuntimeException gone) {
            return false;
        }
    }

    GetStatusResponse status() {
        return StatusServiceGrpc.newBlockingStub(channel())
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .getStatus(GetStatusRequest.getDefaultInstance());
    }

    ReportExitResponse.Restart restart(String job, int place) {
        return ControlServiceGrpc.newBlockingStub(channel())
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .reportExit(ReportExitRequest.newBuilder()
                        .setJob(job)
                        .setPlace(place)
                        .setHow("killed")
                        .build())
                .getRestart();
    }

    ManagedChannel channel() {
        return Objects.requireNonNull(channel, "it has not printed its address");
    }

    /** Sends a signal by its name. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws InterruptedException {
        if (channel != null) {
            channel.shutdownNow();
        }
        process.destroyForcibly();
        process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
