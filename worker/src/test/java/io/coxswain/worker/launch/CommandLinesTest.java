package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.CommandLines.CommandLine;
import io.coxswain.worker.launch.CommandLines.CoordinatorSeat;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CommandLinesTest {
    private static CommandLines commandLines(int cores, int javaVersion, String... arguments) {
        LaunchConfig config = Objects.requireNonNull(
                LaunchCommand.parse(Map.of("COXSWAIN_HOME", "/home"), arguments).config());
        return new CommandLines(
                config,
                new Programs(
                        Path.of("/jdk/bin/java"),
                        javaVersion,
                        cores,
                        new Programs.Program("c.jar", "C"),
                        new Programs.Program("w.jar", "W")));
    }

    @Test
    void shouldStartTheCoordinatorWithTheJobsSettings() {
        CommandLine coordinator = commandLines(
                        2, 17, "--job", "j", "--nproc-per-node", "3", "--step-timeout", "2s", "--join-timeout", "1m")
                .coordinator(CoordinatorSeat.ALONE);

        assertThat(coordinator.words()).startsWith("/jdk/bin/java");
        assertThat(String.join(" ", coordinator.words()))
                .endsWith(
                        "-cp c.jar C --job j --world-size 3 --bind 127.0.0.1 --step-timeout 2s --join-timeout 60s --on-loss fail --lifeline");
    }

    @Test
    void shouldTellTheCoordinatorWhatALossMeans() {
        CommandLine coordinator = commandLines(
                        2,
                        17,
                        "--nproc-per-node=3",
                        "--on-loss=shrink",
                        "--min-ranks=2",
                        "--max-restarts=5",
                        "--heartbeat-timeout=2s")
                .coordinator(CoordinatorSeat.ALONE);

        assertThat(String.join(" ", coordinator.words()))
                .endsWith("--on-loss shrink --min-ranks 2 --max-restarts 5 --heartbeat-timeout 2s --lifeline");
    }

    @Test
    void shouldTellAReplicaOfTheOthersAndWhereItServedBefore() {
        CommandLine coordinator = commandLines(2, 17, "--coordinators=3")
                .coordinator(new CoordinatorSeat(List.of("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"), 1, 4100));

        assertThat(String.join(" ", coordinator.words()))
                .contains("--port 4100 --replicas 127.0.0.1:1,127.0.0.1:2,127.0.0.1:3 --replica-address 127.0.0.1:2 ");
    }

    @Test
    void shouldTellASuccessorThatItIsOne() {
        CommandLine worker = commandLines(2, 17, "--nproc-per-node=3", "--step-log=logs")
                .worker(new ChildGroup.Seat(1, 4), "c", "f");

        assertThat(String.join(" ", worker.words()))
                .contains("--place 1 --attempt 4 --predecessor-ended --bind")
                .contains("--step-log logs");
    }

    @Test
    void shouldTellAWorkerItsPlaceInFlagsAndEnvironment() {
        CommandLine worker = commandLines(
                        8,
                        17,
                        "--job=j",
                        "--nproc-per-node=4",
                        "--bind=0.0.0.0",
                        "--advertise-address=node1",
                        "--hidden-width=64",
                        "--seed=7",
                        "--verify",
                        "--worker-java-opts=-Xmx1g -Da=b")
                .worker(new ChildGroup.Seat(2, 0), "127.0.0.1:1", "127.0.0.1:2");

        String words = String.join(" ", worker.words());
        assertThat(words).contains("-Xmx1g -Da=b -cp w.jar W --coordinator 127.0.0.1:1 --feed 127.0.0.1:2 --job j");
        assertThat(words)
                .endsWith(
                        "--world-size 4 --place 2 --attempt 0 --bind 0.0.0.0 --advertise-address node1 --join-timeout 300s"
                                + " --blas-threads 2 --hidden-width 64 --seed 7 --verify --lifeline");
        assertThat(words.indexOf("-Xmx1g")).isGreaterThan(words.indexOf("-Xmx512m"));
        assertThat(worker.environment())
                .containsOnly(
                        Map.entry("RANK", "2"),
                        Map.entry("LOCAL_RANK", "2"),
                        Map.entry("WORLD_SIZE", "4"),
                        Map.entry("LOCAL_WORLD_SIZE", "4"),
                        Map.entry("OPENBLAS_NUM_THREADS", "2"),
                        Map.entry("OMP_NUM_THREADS", "2"));
    }

    @Test
    void shouldLeaveEachWorkerOneCoreWhereThereAreFewerCoresThanWorkers() {
        CommandLine worker = commandLines(2, 17, "--nproc-per-node=4").worker(new ChildGroup.Seat(0, 0), "c", "f");

        assertThat(worker.words()).contains("-XX:ActiveProcessorCount=1");
        assertThat(worker.environment()).containsEntry("OPENBLAS_NUM_THREADS", "1");
    }

    @Test
    void shouldPassNativeAccessOptionsOnlyToJvmsThatKnowThem() {
        assertThat(commandLines(2, 17)
                        .worker(new ChildGroup.Seat(0, 0), "c", "f")
                        .words())
                .noneMatch(word -> word.startsWith("--enable-native-access") || word.startsWith("--sun-misc"));
        assertThat(commandLines(2, 25)
                        .worker(new ChildGroup.Seat(0, 0), "c", "f")
                        .words())
                .contains("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    }
}
