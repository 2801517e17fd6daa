package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.LaunchCommand.Manner;
import io.coxswain.worker.launch.LaunchCommand.Request;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DryRunTest {
    private static List<String> lines(String... flags) {
        Programs programs = new Programs(
                Path.of("/jdk/bin/java"),
                17,
                Flags.MACHINE,
                new Programs.Program("c.jar", "C", List.of()),
                new Programs.Program("w.jar", "W", List.of()));
        return DryRun.text(Flags.launch(flags), programs).lines().toList();
    }

    @Test
    void shouldPrintEachProgramOfTheNode() {
        List<String> lines = lines("--dry-run", "--job=night", "--nproc-per-node=2", "--coordinators=3");

        assertThat(lines)
                .containsSubsequence(
                        "# job night, node 0 of 1, 2 of 2 workers",
                        "# coordinator 0",
                        "# coordinator 1",
                        "# coordinator 2",
                        "# rank 0",
                        "# rank 1");
        assertThat(lines.get(2)).startsWith("/jdk/bin/java ").contains("--replica-address REPLICA_0");
        assertThat(lines.get(lines.size() - 1))
                .contains(" RANK=1 ", " COXSWAIN_COORDINATOR=COORDINATOR ")
                .contains(" W --coordinator COORDINATOR --feed FEED --job night --world-size 2 --place 1 ");
    }

    @Test
    void shouldPrintNoCoordinatorOfAnotherNode() {
        List<String> lines =
                lines("--nnodes=2:3", "--node-rank=1", "--rdzv-endpoint=a", "--nproc-per-node=2", "--job=n");

        assertThat(lines).hasSize(5).startsWith("# job n, node 1 of 2:3, 2 of 6 workers", "# rank 2");
        assertThat(lines.get(2)).contains("GROUP_RANK=1", "--bind THIS_NODE");
    }

    @Test
    void shouldPrintTheCommandOfEachHost() {
        Request request = LaunchCommand.parse(Flags.HOME, Flags.MACHINE, "--dry-run", "--hosts=a,b", "--job=n");

        Request.LaunchHosts hosts = (Request.LaunchHosts) request;
        assertThat(hosts.manner()).isEqualTo(Manner.DRY_RUN);
        assertThat(DryRun.text(new RemoteCommands(hosts.settings(), hosts.arguments()))
                        .lines())
                .hasSize(4)
                .startsWith("# a")
                .contains("# b")
                .anyMatch(line -> line.contains(" a 'cd ") && line.endsWith("--rdzv-id=n'"));
    }
}
