package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.CommandLines.CommandLine;
import io.coxswain.worker.launch.CommandLines.CoordinatorSeat;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandLinesTest {
    private static final CommandLines.Peers PEERS = new CommandLines.Peers("c", "f");

    private static CommandLines commandLines(int cores, int javaVersion, String... arguments) {
        return commandLines(new Machine(cores, List.of()), javaVersion, arguments);
    }

    private static CommandLines commandLines(Machine machine, int javaVersion, String... arguments) {
        LaunchConfig config = Flags.launch(machine, arguments);
        Topology topology = Topology.single(
                config.nodes().localWorkers(),
                new Topology.Master("127.0.0.1", 4000),
                Reachability.alone(config.nodes().addresses()));
        return commandLines(config, new Programs.Program("w.jar", "W", List.of()), machine, javaVersion, topology);
    }

    private static CommandLines commandLines(
            LaunchConfig config, Programs.Program worker, Machine machine, int javaVersion, Topology topology) {
        Programs programs = new Programs(
                Path.of("/jdk/bin/java"), javaVersion, machine, new Programs.Program("c.jar", "C", List.of()), worker);
        return new CommandLines(config, programs, topology);
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
        CommandLine worker =
                commandLines(2, 17, "--nproc-per-node=3", "--step-log=logs").worker(new ChildGroup.Seat(1, 4), PEERS);

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
                .worker(new ChildGroup.Seat(2, 0), new CommandLines.Peers("127.0.0.1:1", "127.0.0.1:2"));

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
                        Map.entry("GROUP_RANK", "0"),
                        Map.entry("GROUP_WORLD_SIZE", "1"),
                        Map.entry("ROLE_NAME", "default"),
                        Map.entry("ROLE_RANK", "2"),
                        Map.entry("ROLE_WORLD_SIZE", "4"),
                        Map.entry("MASTER_ADDR", "127.0.0.1"),
                        Map.entry("MASTER_PORT", "4000"),
                        Map.entry("TORCHELASTIC_RESTART_COUNT", "0"),
                        Map.entry("TORCHELASTIC_MAX_RESTARTS", "0"),
                        Map.entry("TORCHELASTIC_RUN_ID", "j"),
                        Map.entry("COXSWAIN_COORDINATOR", "127.0.0.1:1"),
                        Map.entry("COXSWAIN_FEED", "127.0.0.1:2"),
                        Map.entry("COXSWAIN_JOB", "j"),
                        Map.entry("COXSWAIN_ATTEMPT", "0"),
                        Map.entry("COXSWAIN_BIND", "0.0.0.0"),
                        Map.entry("COXSWAIN_ADVERTISE_ADDRESS", "node1"),
                        Map.entry("OPENBLAS_NUM_THREADS", "2"),
                        Map.entry("OMP_NUM_THREADS", "2"));
    }

    @Test
    void shouldTellAWorkerOfAnotherNodeItsPlaceThere() {
        LaunchConfig config = Flags.launch(
                new Machine(8, List.of()),
                "--nnodes=2",
                "--rdzv-endpoint=host-a",
                "--nproc-per-node=4",
                "--on-loss=shrink",
                "--max-restarts=3");
        Topology topology = new Topology(
                new Topology.Share(1, 2, 4),
                2,
                6,
                new Topology.Master("10.0.0.1", 4000),
                new Topology.Reach("10.0.0.2", "10.0.0.2"));
        CommandLine worker = commandLines(
                        config, new Programs.Program("w.jar", "W", List.of()), new Machine(8, List.of()), 17, topology)
                .worker(new ChildGroup.Seat(3, 1), PEERS);

        assertThat(String.join(" ", worker.words()))
                .contains("--world-size 6 --place 3 --attempt 1 --predecessor-ended --bind 10.0.0.2"
                        + " --advertise-address 10.0.0.2");
        assertThat(worker.environment())
                .containsEntry("RANK", "3")
                .containsEntry("LOCAL_RANK", "1")
                .containsEntry("WORLD_SIZE", "6")
                .containsEntry("LOCAL_WORLD_SIZE", "4")
                .containsEntry("GROUP_RANK", "1")
                .containsEntry("GROUP_WORLD_SIZE", "2")
                .containsEntry("MASTER_ADDR", "10.0.0.1")
                .containsEntry("TORCHELASTIC_RESTART_COUNT", "1")
                .containsEntry("TORCHELASTIC_MAX_RESTARTS", "3");
    }

    @Test
    void shouldTellTheJvmWhatIsOfItsProgramAlone() {
        LaunchConfig config = Flags.launch("--nproc-per-node=1", "--worker-java-opts=-Xmx1g");
        Topology topology = Topology.single(
                1,
                new Topology.Master("127.0.0.1", 4000),
                Reachability.alone(config.nodes().addresses()));

        CommandLine worker = commandLines(
                        config,
                        new Programs.Program("w.jar", "W", List.of("-XX:SharedArchiveFile=w.jsa")),
                        Flags.MACHINE,
                        17,
                        topology)
                .worker(new ChildGroup.Seat(0, 0), PEERS);

        assertThat(String.join(" ", worker.words())).contains(" -XX:SharedArchiveFile=w.jsa -Xmx1g -cp w.jar W ");
    }

    @Test
    void shouldTellEachWorkerAHealthPortOfItsOwnAfterTheNodes() {
        Machine machine = new Machine(8, List.of());

        CommandLine worker = commandLines(machine, 17, "--nproc-per-node=3", "--health-port=4300")
                .worker(new ChildGroup.Seat(2, 0), PEERS);

        assertThat(worker.environment()).containsEntry("COXSWAIN_HEALTH_PORT", "4303");
    }

    @Test
    void shouldShowEachWorkerItsOwnGpuAloneWhereThereIsOneForEach() {
        Machine machine = new Machine(8, List.of("GPU-a", "GPU-b"));

        CommandLine worker = commandLines(machine, 17, "--nproc-per-node=gpu").worker(new ChildGroup.Seat(1, 0), PEERS);

        assertThat(worker.environment()).containsEntry("CUDA_VISIBLE_DEVICES", "GPU-b");
        assertThat(String.join(" ", worker.words())).contains("--device-ordinal 0 --local-world-size 1 ");
    }

    @Test
    void shouldLeaveTheGpusToWorkersWhereThereAreFewerOrNoneIsWanted() {
        Machine machine = new Machine(8, List.of("0", "1"));

        for (String[] flags : new String[][] {{"--nproc-per-node=3"}, {"--nproc-per-node=2", "--device=cpu"}}) {
            CommandLine worker = commandLines(machine, 17, flags).worker(new ChildGroup.Seat(1, 0), PEERS);
            assertThat(worker.environment()).doesNotContainKey("CUDA_VISIBLE_DEVICES");
            assertThat(worker.words()).doesNotContain("--device-ordinal");
        }
    }

    @Test
    void shouldRunAWorkerOfTheUsersOwnOnALifeline() {
        CommandLine worker = commandLines(
                        2, 17, "--worker-main=my.Worker", "--worker-classpath=my.jar", "--", "--size", "3")
                .worker(new ChildGroup.Seat(0, 0), PEERS);

        assertThat(String.join(" ", worker.words()))
                .endsWith("-cp my.jar:w.jar io.coxswain.worker.process.LifelineMain my.Worker --size 3");
        assertThat(worker.environment()).containsEntry("COXSWAIN_COORDINATOR", "c");
    }

    @Test
    void shouldLeaveEachWorkerOneCoreWhereThereAreFewerCoresThanWorkers() {
        CommandLine worker = commandLines(2, 17, "--nproc-per-node=4").worker(new ChildGroup.Seat(0, 0), PEERS);

        assertThat(worker.words()).contains("-XX:ActiveProcessorCount=1");
        assertThat(worker.environment()).containsEntry("OPENBLAS_NUM_THREADS", "1");
    }

    @Test
    void shouldPassNativeAccessOptionsOnlyToJvmsThatKnowThem() {
        assertThat(commandLines(2, 17).worker(new ChildGroup.Seat(0, 0), PEERS).words())
                .noneMatch(word -> word.startsWith("--enable-native-access") || word.startsWith("--sun-misc"));
        assertThat(commandLines(2, 25).worker(new ChildGroup.Seat(0, 0), PEERS).words())
                .contains("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    }
}
