package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A launcher in a process of its own, and what becomes of its children when it gets signals. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LauncherSignalsIT {
    private static final int RANKS = 2;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final List<Process> launchers = new ArrayList<>();
    private final List<ProcessHandle> children = new ArrayList<>();

    /** Starts it and waits until all of its workers run. */
    private Process launch(String behaviour, String... flags) throws IOException {
        return launch(StubCoordinator.class, behaviour, flags);
    }

    private Process launch(Class<?> coordinator, String behaviour, String... flags) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StubLaunch.class.getName(),
                coordinator.getName(),
                "--nproc-per-node=" + RANKS,
                "--worker-java-opts=-XX:TieredStopAtLevel=1 -Dstub=" + behaviour));
        words.addAll(List.of(flags));
        Process launcher = new ProcessBuilder(words).redirectErrorStream(true).start();
        launchers.add(launcher);
        BufferedReader output = launcher.inputReader(StandardCharsets.UTF_8);
        int ready = 0;
        while (ready < RANKS) {
            String line = output.readLine();
            assertThat(line).as("the launcher's output ended early").isNotNull();
            ready += line.endsWith("] ready") ? 1 : 0;
        }
        launcher.descendants().forEach(children::add);
        assertThat(children).hasSize(RANKS + 1);
        return launcher;
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertThat(kill(process, name)).isZero();
    }

    private static int kill(Process process, String name) throws IOException, InterruptedException {
        return new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    private void awaitNoChild() {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(children).noneMatch(ProcessHandle::isAlive));
    }

    @AfterEach
    void cleanUp() {
        launchers.forEach(Process::destroyForcibly);
        children.forEach(ProcessHandle::destroyForcibly);
    }

    @ParameterizedTest
    @CsvSource({"HUP, 129", "INT, 130", "TERM, 143"})
    void shouldEndAllWorkersOnASignal(String name, int exitCode) throws Exception {
        Process launcher = launch("wait");

        signal(launcher, name);

        assertThat(launcher.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(launcher.exitValue()).isEqualTo(exitCode);
        assertThat(children).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void shouldRestartNoWorkerOnceItIsToldToEnd() throws Exception {
        Process launcher = launch(StubCoordinator.AllowingOneRestart.class, "wait", "--on-loss=shrink");
        BufferedReader output = launcher.inputReader(StandardCharsets.UTF_8);

        signal(launcher, "TERM");

        assertThat(launcher.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(launcher.exitValue()).isEqualTo(143);
        assertThat(output.lines()).isNotEmpty().noneMatch(line -> line.contains("is restarted"));
    }

    @Test
    void shouldKillWorkersThatAreDeafAfterTheGrace() throws Exception {
        Process launcher = launch("deaf", "--term-grace=100ms");

        signal(launcher, "TERM");

        assertThat(launcher.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(children).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void shouldKillAtOnceOnTheSecondCtrlC() throws Exception {
        Process launcher = launch("deaf", "--term-grace=24h");
        signal(launcher, "INT");

        await().atMost(LIMIT).until(() -> {
            kill(launcher, "INT"); // which finds nobody where the one before it came late
            return launcher.waitFor(500, TimeUnit.MILLISECONDS);
        });

        assertThat(launcher.exitValue()).isEqualTo(130);
        assertThat(children).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void shouldLeaveNoChildWhenItIsKilled() throws Exception {
        Process launcher = launch("wait");

        signal(launcher, "KILL");

        awaitNoChild();
    }

    @Test
    void shouldLeaveNoWorkerOfTheUsersOwnWhenItIsKilled() throws Exception {
        Process launcher = launch("", "--worker-main=" + StubOwnWorker.class.getName(), "--", "stay");

        signal(launcher, "KILL");

        awaitNoChild();
    }
}
