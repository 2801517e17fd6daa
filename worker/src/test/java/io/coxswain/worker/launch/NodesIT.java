package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.types.ReservedPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Launchers of two nodes, real processes on this machine, with stubs for coordinator and workers: a rank each. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NodesIT {
    @TempDir
    private Path directory;

    private final ReservedPort rendezvous;
    private final ReservedPort nobodys;

    NodesIT() throws IOException {
        rendezvous = ReservedPort.onLoopback();
        nobodys = ReservedPort.onLoopback();
    }

    @AfterEach
    void giveBackPorts() throws IOException {
        rendezvous.close();
        nobodys.close();
    }

    private StubNode first(Class<?> coordinator, String behaviour, String... flags) throws Exception {
        return node(coordinator, behaviour, "--node-rank=0", flags);
    }

    private StubNode second(String behaviour, String... flags) throws Exception {
        return node(
                StubCoordinator.class,
                behaviour,
                "--node-rank=1",
                Stream.concat(Stream.of("--bind=127.0.0.2"), Stream.of(flags)).toArray(String[]::new));
    }

    private StubNode node(Class<?> coordinator, String behaviour, String flag, String... flags) throws Exception {
        String[] all = new String[flags.length + 2];
        all[0] = "--rdzv-endpoint=" + rendezvous.address();
        all[1] = flag;
        System.arraycopy(flags, 0, all, 2, flags.length);
        return StubNode.start(coordinator, behaviour, all);
    }

    @Test
    void shouldBringTheNodesTogetherWhicheverIsFirst() throws Exception {
        try (StubNode second = second("-Dstub=finish")) {
            second.awaitLines(1, "waiting for node 0 at /127.0.0.1:");
            try (StubNode first = first(StubCoordinator.class, "-Dstub=finish", "--job=night")) {
                assertThat(first.awaitExit()).as(first::text).isZero();
                assertThat(second.awaitExit()).as(second::text).isZero();
                assertThat(first.text())
                        .contains("1 of 2 nodes have joined: node 0 (", "; missing: node 1")
                        .contains("2 workers started on 2 nodes");
                assertThat(second.text())
                        .contains("job night: this is node 1 of 2, with ranks 1 to 1 of 2")
                        .contains("the job is over: exit code 0");
            }
        }
    }

    @Test
    void shouldExitOnAllNodesAsTheRankThatFailedOnOne() throws Exception {
        String behaviour = "-Dstub=wait -Dstub.1=exit-5";
        try (StubNode first = first(StubCoordinator.class, behaviour);
                StubNode second = second(behaviour)) {
            assertThat(first.awaitExit()).as(first::text).isEqualTo(5);
            assertThat(second.awaitExit()).as(second::text).isEqualTo(5);
            assertThat(first.text()).contains("  | place 1 gives up", "root cause: rank 1 on host-of-1, pid ");
            assertThat(second.text())
                    .contains("root cause: rank 1 on host-of-1, pid ")
                    .contains("[rank 1] place 1");
        }
    }

    @Test
    void shouldRestartAWorkerOfAnotherNode() throws Exception {
        String behaviour = "-Dstub=finish -Dstub.1=die-first";
        try (StubNode first = first(StubCoordinator.AllowingOneRestart.class, behaviour, "--on-loss=wait");
                StubNode second = second(behaviour, "--on-loss=wait")) {
            assertThat(first.awaitExit()).as(first::text).isZero();
            assertThat(second.awaitExit()).as(second::text).isZero();
            assertThat(first.text()).contains("rank 1 ended: SIGKILL (exit code 137)", "rank 1 is restarted in ");
        }
    }

    @Test
    void shouldNameTheNodeWhoseLauncherIsKilledAndLeaveNothing() throws Exception {
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait");
                StubNode second = second("-Dstub=wait")) {
            first.awaitLines(1, "] ready");
            second.awaitLines(1, "] ready");

            second.signal("KILL");

            assertThat(first.awaitExit()).as(first::text).isEqualTo(3);
            assertThat(first.text())
                    .containsPattern("failed: node 1 \\(.*, 127.0.0.2\\) is lost: its connection was closed")
                    .containsPattern("root cause: rank 1 on .*: its host is lost");
            first.awaitNoChild();
            second.awaitNoChild();
        }
    }

    @Test
    void shouldNameTheNodeThatIsLostWhileTheCoordinatorStarts() throws Exception {
        try (StubNode first = first(StubCoordinator.Silent.class, "-Dstub=wait");
                StubNode second = second("-Dstub=wait")) {
            first.awaitLines(1, "it will take a while");

            second.signal("KILL");

            assertThat(first.awaitExit()).as(first::text).isEqualTo(3);
            assertThat(first.text())
                    .containsPattern("root cause: node 1 \\(.*, 127.0.0.2\\) is lost: its connection was closed");
            first.awaitNoChild();
        }
    }

    @Test
    void shouldTellAllNodesWhatWentWrongOnNode0() throws Exception {
        Path taken = Files.createFile(directory.resolve("night"));
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait", "--job=night", "--log-dir=" + directory);
                StubNode second = second("-Dstub=wait")) {
            assertThat(first.awaitExit()).as(first::text).isEqualTo(1);
            assertThat(first.text()).contains("launch.sh: --log-dir: " + taken + "/attempt_0 cannot be made");
            assertThat(second.awaitExit()).as(second::text).isEqualTo(1);
            assertThat(second.text()).contains("node 0 failed: --log-dir: " + taken);
        }
    }

    @Test
    void shouldNameTheNodeThatIsNotHeardOf() throws Exception {
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait");
                StubNode second = second("-Dstub=wait")) {
            second.awaitLines(1, "] ready");

            second.signal("STOP");

            assertThat(first.awaitExit()).as(first::text).isEqualTo(3);
            assertThat(first.text()).containsPattern("node 1 \\(.*\\) is lost: nothing has been heard of it for 5s");
            second.signal("CONT");
            assertThat(second.awaitExit()).as(second::text).isEqualTo(6);
            second.awaitNoChild();
        }
    }

    @Test
    void shouldEndTheWorkersWhereNode0IsKilled() throws Exception {
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait");
                StubNode second = second("-Dstub=wait")) {
            first.awaitLines(1, "] ready");
            second.awaitLines(1, "] ready");

            first.signal("KILL");

            assertThat(second.awaitExit()).as(second::text).isEqualTo(6);
            assertThat(second.text()).contains("node 0 is lost, and its coordinator and feed with it");
            first.awaitNoChild();
            second.awaitNoChild();
        }
    }

    @Test
    void shouldEndAllNodesWhenOneIsTold() throws Exception {
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait");
                StubNode second = second("-Dstub=wait")) {
            first.awaitLines(1, "] ready");
            second.awaitLines(1, "] ready");

            first.signal("INT");

            assertThat(first.awaitExit()).as(first::text).isEqualTo(130);
            assertThat(second.awaitExit()).as(second::text).isEqualTo(130);
            second.awaitNoChild();
        }
    }

    @Test
    void shouldNameTheNodeThatWasToldToEnd() throws Exception {
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait");
                StubNode second = second("-Dstub=wait")) {
            first.awaitLines(1, "] ready");
            second.awaitLines(1, "] ready");

            second.signal("TERM");

            assertThat(second.awaitExit()).as(second::text).isEqualTo(143);
            assertThat(first.awaitExit()).as(first::text).isEqualTo(3);
            assertThat(first.text()).containsPattern("node 1 \\(.*\\) was told to end: SIGTERM");
        }
    }

    @Test
    void shouldRefuseANodeWhoseSettingsDiffer() throws Exception {
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait", "--seed=7");
                StubNode second = second("-Dstub=wait", "--seed=8")) {
            assertThat(second.awaitExit()).as(second::text).isEqualTo(2);
            assertThat(second.text()).contains("--seed: '7' on node 0, '8' on this node");
            first.awaitLines(1, "cannot join: --seed: '7' on node 0, '8' on this node");
        }
    }

    @Test
    void shouldGiveUpWhereNobodyComes() throws Exception {
        try (StubNode first = first(StubCoordinator.class, "-Dstub=wait", "--rdzv-timeout=1s");
                StubNode other = StubNode.start(
                        StubCoordinator.class,
                        "-Dstub=wait",
                        "--rdzv-timeout=1s",
                        "--node-rank=1",
                        "--rdzv-endpoint=" + nobodys.address())) {
            assertThat(first.awaitExit()).as(first::text).isEqualTo(75);
            assertThat(first.text())
                    .contains("the nodes did not come together in time: 1 of 2 nodes have joined", "missing: node 1");
            assertThat(other.awaitExit()).as(other::text).isEqualTo(75);
            assertThat(other.text()).contains("nobody holds the rendezvous at /127.0.0.1:");
        }
    }

    @Test
    void shouldSayThatThePortOfTheRendezvousIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                StubNode first = StubNode.start(
                        StubCoordinator.class,
                        "-Dstub=wait",
                        "--node-rank=0",
                        "--rdzv-endpoint=127.0.0.1:" + taken.getLocalPort())) {
            assertThat(first.awaitExit()).as(first::text).isEqualTo(10);
            assertThat(first.text()).contains("--rdzv-endpoint: /127.0.0.1:" + taken.getLocalPort());
        }
    }
}
