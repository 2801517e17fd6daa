package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.coxswain.types.ReservedPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job on two hosts, which are this machine under two addresses. In place of ssh there is a script that runs the command here:
 * what is tested is the launcher, not the way to another machine.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class TwoHostsIT {
    private static final String[] JOB = {"--max-requests=20", "--verify"};

    @TempDir
    private Path directory;

    private final ReservedPort rendezvous;

    TwoHostsIT() throws IOException {
        rendezvous = ReservedPort.onLoopback();
    }

    @AfterEach
    void giveBackPort() throws IOException {
        rendezvous.close();
    }

    private String endpoint() {
        return "--rdzv-endpoint=" + rendezvous.address();
    }

    private static void assertVerified(JsonNode report) {
        assertThat(report.get("requests_completed").asInt()).isEqualTo(20);
        assertThat(report.get("world_size").asInt()).isEqualTo(2);
        assertThat(report.at("/verification/passed").asBoolean()).isTrue();
    }

    private JobProcess node(String name, String... flags) throws IOException {
        Path own = Files.createDirectories(directory.resolve(name));
        return JobProcess.launch(
                own,
                Stream.of(Stream.of(JOB), Stream.of(flags)).flatMap(all -> all).toArray(String[]::new));
    }

    @Test
    void shouldRunTheMainJobOnTwoNodes() throws Exception {
        String logs = "--log-dir=" + directory.resolve("logs");
        try (JobProcess first = node("a", "--nnodes=2", endpoint(), "--job=night", logs, "--node-rank=0");
                JobProcess second = node("b", "--nnodes=2", endpoint(), logs, "--node-rank=1", "--bind=127.0.0.2")) {
            assertThat(first.awaitExit()).as(first::text).isZero();
            assertThat(second.awaitExit()).as(second::text).isZero();

            assertVerified(first.report());
            assertThat(directory.resolve("logs/night/attempt_0/0/stderr.log"))
                    .content()
                    .contains("place 0");
            assertThat(directory.resolve("logs/night/attempt_0/1/stderr.log"))
                    .content()
                    .contains("place 1");
        }
    }

    /** @return a command that takes a host and a command line as ssh does, and knows two hosts */
    private String standInForSsh() throws IOException {
        Path script = directory.resolve("ssh.sh");
        Files.writeString(script, """
                #!/bin/sh
                case $1 in 127.0.0.*) shift; exec sh -c "$*" ;; esac
                echo "ssh: connect to host $1 port 22: No route to host" >&2
                exit 255
                """);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return "--ssh-command=" + script;
    }

    @Test
    void shouldStartBothNodesFromOneAndBringBackWhatTheySay() throws Exception {
        try (JobProcess job = node("a", "--hosts=127.0.0.1:1,127.0.0.2:1", standInForSsh(), endpoint())) {
            assertThat(job.awaitExit()).as(job::text).isZero();

            assertVerified(job.report());
            assertThat(job.text())
                    .contains("[127.0.0.1] requests      20 completed")
                    .contains("[127.0.0.2] coxswain: the job is over: exit code 0");
        }
    }

    @Test
    void shouldLeaveNothingOnAnyHostWhenItIsKilled() throws Exception {
        try (JobProcess job = node("a", "--hosts=127.0.0.1:1,127.0.0.2:1", standInForSsh(), endpoint(), "--speed=1")) {
            job.awaitLine("PREPARING -> RUNNING: epoch 1 starts");
            List<ProcessHandle> all = job.noteProcesses();
            assertThat(all).hasSizeGreaterThanOrEqualTo(6);

            JobProcess.signal(job.launcher(), "KILL");

            job.awaitNoneAlive();
        }
    }

    @Test
    void shouldGoOnWithoutAHostThatIsLost() throws Exception {
        try (JobProcess job = node(
                "a", "--hosts=127.0.0.1:1,127.0.0.2:1", standInForSsh(), endpoint(), "--speed=1", "--on-loss=shrink")) {
            job.awaitLine("PREPARING -> RUNNING: epoch 1 starts");

            JobProcess.signal(launcherOf(job, 1), "KILL");

            assertThat(job.awaitExit()).as(job::text).isZero();
            assertThat(job.text()).containsPattern("\\[127.0.0.1\\] coxswain: node 1 .* is lost");
            assertThat(job.report().get("requests_completed").asInt()).isEqualTo(20);
        }
    }

    @Test
    void shouldPassASignalOnToAllHosts() throws Exception {
        try (JobProcess job = node("a", "--hosts=127.0.0.1:1,127.0.0.2:1", standInForSsh(), endpoint(), "--speed=1")) {
            job.awaitLine("PREPARING -> RUNNING: epoch 1 starts");
            job.noteProcesses();
            assertThat(sessionOf(launcherOf(job, 0)))
                    .as("a terminal's Ctrl-C reaches this host's processes only by their launcher")
                    .isNotEqualTo(sessionOf(job.launcher()));

            JobProcess.signal(job.launcher(), "INT");

            assertThat(job.awaitExit()).as(job::text).isEqualTo(130);
            assertThat(job.text()).contains("[127.0.0.1] coxswain: SIGINT", "[127.0.0.2] coxswain: SIGINT");
            job.awaitNoneAlive();
        }
    }

    private static ProcessHandle launcherOf(JobProcess job, int node) {
        return job.noteProcesses().stream()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains("LaunchMain") && line.contains("--node-rank=" + node))
                        .isPresent())
                .findFirst()
                .orElseThrow();
    }

    /** @return its session's number, the sixth field of what Linux says of it; the second may have blanks */
    private static String sessionOf(ProcessHandle process) throws IOException {
        String said = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        return said.substring(said.lastIndexOf(')') + 2).split(" ", -1)[3];
    }

    @Test
    void shouldNameAHostThatCannotBeReached() throws Exception {
        try (JobProcess job = node("a", "--hosts=127.0.0.1:1,nowhere:1", standInForSsh(), endpoint())) {
            assertThat(job.awaitExit()).as(job::text).isEqualTo(75);
            assertThat(job.text())
                    .contains("[nowhere] ssh: connect to host nowhere port 22: No route to host")
                    .contains("coxswain: host nowhere cannot be reached");
            assertThat(job.alive()).isEmpty();
        }
    }
}
