package io.coxswain.coordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own, found by way of the registry's default directory. */
class StatusMainIT {
    private static final long SELF = ProcessHandle.current().pid();

    private final Map<String, String> environment = new HashMap<>();

    @TempDir
    private Path runtime;

    @Test
    void shouldPrintNothingButJsonOnStandardOutput() throws Exception {
        try (StatusServer server = StatusServer.answering(Statuses.failed())) {
            JobRegistry registry = new JobRegistry(runtime.resolve("coxswain"));
            registry.register(new JobEntry("train", "localhost", SELF, server.address(), 1));
            Files.writeString(registry.directory().resolve("corrupt.json"), "{");

            assertThat(run("--json")).isZero();

            JsonNode json =
                    JsonMapper.builder().build().readTree(runtime.resolve("out").toFile());
            assertThat(json.get("job").textValue()).isEqualTo("train");
            assertThat(json.get("ranks")).hasSize(3);
            assertThat(Files.readString(runtime.resolve("err"))).contains("corrupt.json");
        }
    }

    @Test
    void shouldEndWithItsExitCode() throws Exception {
        assertThat(run()).isEqualTo(1);
        assertThat(run("--timeout", "soon")).isEqualTo(2);
    }

    @Test
    void shouldAskAllReplicasThatANameStandsFor() throws Exception {
        try (StatusServer standby = StatusServer.answering(Statuses.failed()).standingBy();
                StatusServer leader = StatusServer.answering(
                        Statuses.failed(),
                        new InetSocketAddress(
                                "127.0.0.2", HostPort.parse(standby.address()).port()))) {
            Path hosts = Files.writeString(
                    runtime.resolve("hosts"), "127.0.0.1 coordinators.test\n127.0.0.2 coordinators.test\n");
            environment.put("JDK_JAVA_OPTIONS", "-Djdk.net.hosts.file=" + hosts);
            String name = standby.address().replace("127.0.0.1", "coordinators.test");

            assertThat(run("--coordinator", name)).isZero();

            assertThat(Files.readString(runtime.resolve("out")))
                    .contains(standby.address() + " stands by")
                    .contains(leader.address().replace("127.0.0.1", "127.0.0.2") + " leads");
        }
    }

    @Test
    void shouldSayThatAHostIsUnknownWithoutAStackTrace() throws Exception {
        assertThat(run("--coordinator", "no-such-host.invalid:1")).isEqualTo(1);
        assertThat(Files.readAllLines(runtime.resolve("err")))
                .noneMatch(line -> line.startsWith("\tat "))
                .last()
                .asString()
                .startsWith("status.sh: no status from the coordinator at no-such-host.invalid:1: UNAVAILABLE");
    }

    private int run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                StatusMain.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(Redirect.to(runtime.resolve("out").toFile()))
                .redirectError(Redirect.to(runtime.resolve("err").toFile()));
        builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
