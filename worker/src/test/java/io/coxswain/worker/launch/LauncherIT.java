package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with real processes that stand in for coordinator and workers. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LauncherIT {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private int launch(Class<?> coordinator, String behaviours, String... flags) throws InterruptedException {
        PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(stream, stream, Terminal.Style.PLAIN);
        String[] all = Stream.concat(
                        Stream.of(
                                "--job=night",
                                "--nproc-per-node=3",
                                "--worker-java-opts=-XX:TieredStopAtLevel=1 " + behaviours),
                        Arrays.stream(flags))
                .toArray(String[]::new);
        return StubLaunch.run(coordinator.getName(), terminal, all);
    }

    private List<String> output() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** The line before the closing rule. */
    private String rootCause() {
        return output().get(output().size() - 2);
    }

    @AfterEach
    void shouldLeaveNoProcess() {
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @Test
    void shouldReportWhenAllRanksHaveFinished(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("report.json");

        int exitCode = launch(StubCoordinator.class, "-Dstub=finish", "--verify", "--report=" + file);

        assertThat(exitCode).isZero();
        JsonNode report = new ObjectMapper().readTree(file.toFile());
        assertThat(report.get("world_size").intValue()).isEqualTo(3);
        assertThat(report.get("prompt_tokens").longValue()).isEqualTo(30);
        assertThat(report.get("idle_decisions").longValue()).isEqualTo(5);
        assertThat(report.get("wall_seconds").doubleValue()).isPositive();
        assertThat(report.at("/verification/passed").booleanValue()).isTrue();
        assertThat(output()).anyMatch(line -> line.contains("30 prompt, 6 generated"));
    }

    @Test
    void shouldReportAVerificationThatFailed() throws Exception {
        int exitCode = launch(StubCoordinator.class, "-Dstub=finish -Dstub.1=finish-unverified", "--verify");

        assertThat(exitCode).isEqualTo(4);
        assertThat(output()).anyMatch(line -> line.contains("FAILED: 36 tokens checked"));
    }

    @Test
    void shouldNameTheRankThatWasKilled() throws Exception {
        int exitCode = launch(StubCoordinator.class, "-Dstub=follow -Dstub.2=kill");

        assertThat(exitCode).isEqualTo(137);
        assertThat(rootCause()).contains("root cause: rank 2 on host-of-2, pid ", ": SIGKILL (exit code 137)");
        assertThat(output())
                .contains("[rank 2] about to get SIGKILL", "  | about to get SIGKILL")
                .anyMatch(line ->
                        line.matches("  rank 0 .*(ended because of rank 2 .exit code 3.|ended by the launcher)"))
                .anyMatch(line -> line.matches("  the coordinator .*ended by the launcher"));
    }

    @Test
    void shouldKillARankThatTheCoordinatorTakesForHung() throws Exception {
        int exitCode = launch(StubCoordinator.class, "-Dstub=follow -Dstub.1=be-blamed");

        assertThat(exitCode).isEqualTo(3);
        assertThat(rootCause()).contains("root cause: rank 1", "ended by the launcher: SIGKILL");
    }

    @Test
    void shouldExitAsTheRankThatFailed() throws Exception {
        int exitCode = launch(StubCoordinator.class, "-Dstub=wait -Dstub.1=exit-5");

        assertThat(exitCode).isEqualTo(5);
        assertThat(rootCause()).contains("root cause: rank 1", "exit code 5");
        assertThat(output()).contains("  | place 1 gives up").anyMatch(line -> line.matches("  rank 2 .*launcher"));
    }

    @Test
    void shouldFailWhenARankEndsWithoutASummary() throws Exception {
        int exitCode = launch(StubCoordinator.class, "-Dstub=finish -Dstub.1=exit-0");

        assertThat(exitCode).isEqualTo(1);
        assertThat(output()).anyMatch(line -> line.contains("rank 1 ended without a summary"));
    }

    @Test
    void shouldRestartAWorkerThatDied() throws Exception {
        int exitCode =
                launch(StubCoordinator.AllowingOneRestart.class, "-Dstub=finish -Dstub.1=die-first", "--on-loss=wait");

        assertThat(exitCode).as(() -> String.join("\n", output())).isZero();
        assertThat(output())
                .contains("coxswain: rank 1 ended: SIGKILL (exit code 137)")
                .anyMatch(line -> line.matches("coxswain: rank 1 is restarted in ([5-9][0-9]|100)ms"));
    }

    @Test
    void shouldNotRestartBeyondTheCoordinatorsBudget() throws Exception {
        int exitCode =
                launch(StubCoordinator.AllowingOneRestart.class, "-Dstub=follow -Dstub.1=kill", "--on-loss=shrink");

        assertThat(exitCode).isEqualTo(137);
        assertThat(output()).contains("coxswain: rank 1 is not restarted: the budget is spent");
        assertThat(rootCause()).contains("root cause: rank 1", "SIGKILL (exit code 137)");
    }

    @Test
    void shouldKillAndRestartARankThatTheCoordinatorHasFenced() throws Exception {
        int exitCode =
                launch(StubCoordinator.FencingRankOne.class, "-Dstub=finish -Dstub.1=stop-first", "--on-loss=wait");

        assertThat(exitCode).as(() -> String.join("\n", output())).isZero();
        assertThat(output())
                .containsSubsequence(
                        "coxswain: rank 1 was taken for lost and is killed: no heartbeat for 5s",
                        "coxswain: rank 1 ended: SIGKILL (exit code 137)")
                .filteredOn(line -> line.startsWith("coxswain: rank 1 is restarted in "))
                .hasSize(1);
    }

    @Test
    void shouldNotRestartARankThatHasFinished() throws Exception {
        int exitCode = launch(StubCoordinator.AllowingOneRestart.class, "-Dstub=finish", "--on-loss=shrink");

        assertThat(exitCode).isZero();
        assertThat(output()).noneMatch(line -> line.contains("restarted"));
    }

    @Test
    void shouldGoOnWithoutARankThatWasDrained() throws Exception {
        int exitCode = launch(StubCoordinator.LettingGo.class, "-Dstub=finish -Dstub.1=leave", "--on-loss=shrink");

        assertThat(exitCode).as(() -> String.join("\n", output())).isZero();
        assertThat(output()).contains("coxswain: rank 1 is not restarted: the others go on");
    }

    @Test
    void shouldFailWhenARankThatIsNotMissedEndsWithoutASummary() throws Exception {
        int exitCode = launch(StubCoordinator.LettingGo.class, "-Dstub=finish -Dstub.1=exit-0", "--on-loss=shrink");

        assertThat(exitCode).isEqualTo(1);
        assertThat(rootCause()).contains("root cause: rank 1", "exit code 0");
    }

    @Test
    void shouldBlameTheCoordinatorThatDiesAfterTheJobHasOutlivedARank() throws Exception {
        int exitCode = launch(StubCoordinator.DyingAfterALoss.class, "-Dstub=wait -Dstub.1=kill", "--on-loss=shrink");

        assertThat(exitCode).as(() -> String.join("\n", output())).isEqualTo(6);
        assertThat(output()).contains("coxswain: rank 1 is not restarted: the others go on");
        assertThat(rootCause()).contains("root cause: the coordinator", "exit code 1");
    }

    @Test
    void shouldFailWhenTheCoordinatorDoesNotComeUp() throws Exception {
        int exitCode = launch(StubCoordinator.Broken.class, "-Dstub=wait");

        assertThat(exitCode).isEqualTo(6);
        assertThat(rootCause()).contains("root cause: the coordinator", "exit code 1");
        assertThat(output()).contains("  | no port to be had");
    }

    @Test
    void shouldOutliveTheDeathOfEachOfThreeCoordinators() throws Exception {
        long millis = StubReplica.LONG_ENOUGH.toMillis();
        int exitCode = launch(StubReplica.class, "-Dstub=finish-in-" + millis, "--coordinators=3");

        assertThat(exitCode).as(() -> String.join("\n", output())).isZero();
        for (int number = 0; number < 3; number++) {
            String name = "coordinator " + number;
            assertThat(output())
                    .contains(
                            "coxswain: " + name + " ended: exit code 9",
                            "[" + name + "] members are watched",
                            "coxswain: " + name + " is started again");
        }
    }

    @Test
    void shouldSayWhichCoordinatorDidNotComeUp() throws Exception {
        int exitCode = launch(StubCoordinator.Broken.class, "-Dstub=wait", "--coordinators=3");

        assertThat(exitCode).isEqualTo(6);
        assertThat(rootCause()).containsPattern("root cause: coordinator [012] on .*: exit code 1");
    }

    @Test
    void shouldRunAWorkerOfTheUsersOwn() throws Exception {
        int exitCode = launch(
                StubCoordinator.class, "", "--worker-main=" + StubOwnWorker.class.getName(), "--", "0", "--seed=1");

        assertThat(exitCode).as(() -> String.join("\n", output())).isZero();
        assertThat(output())
                .anyMatch(line ->
                        line.matches("\\[rank 2] rank 2 of 3 in night by 127.0.0.1:[0-9]+ was told \\[0, --seed=1]"))
                .contains("coxswain: job night: all 3 workers ended well");
    }

    @Test
    void shouldExitAsTheWorkerOfTheUsersOwnThatFailed() throws Exception {
        int exitCode = launch(StubCoordinator.class, "", "--worker-main=" + StubOwnWorker.class.getName(), "--", "9");

        assertThat(exitCode).isEqualTo(9);
        assertThat(rootCause()).contains("root cause: rank ", "exit code 9");
    }

    @Test
    void shouldSayWhichClassIsMissing() throws Exception {
        int exitCode = launch(StubCoordinator.class, "", "--worker-main=my.Missing", "--", "0");

        assertThat(exitCode).isEqualTo(2);
        assertThat(output())
                .anyMatch(
                        line -> line.startsWith("  | --worker-main: 'my.Missing' is refused; there is no such class"));
    }
}
