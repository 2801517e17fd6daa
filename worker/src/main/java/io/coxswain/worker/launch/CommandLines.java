package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.worker.process.LifelineMain;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command lines of the coordinator and the workers. A pure function of the configuration. */
final class CommandLines {
    /** Before it these options are unknown, and the JVM refuses to start with one of them. */
    private static final int WARNS_OF_NATIVE_ACCESS = 24;

    private final LaunchConfig config;
    private final Programs programs;
    private final Topology topology;
    private final WorkerEnvironment environment;

    CommandLines(LaunchConfig config, Programs programs, Topology topology) {
        this.environment = new WorkerEnvironment(config, programs.machine(), topology);
        this.config = config;
        this.programs = programs;
        this.topology = topology;
    }

    /**
     * Whom a worker speaks to.
     *
     * @param coordinator HOST:PORT, of each replica
     * @param feed HOST:PORT
     */
    record Peers(String coordinator, String feed) {}

    Topology topology() {
        return topology;
    }

    /** A process to start: its words, and what is added to the launcher's own environment. */
    record CommandLine(List<String> words, Map<String, String> environment) {}

    /**
     * Which of the coordinators it is.
     *
     * @param replicas HOST:PORT of all, where they find each other; empty: there is only this one, which looks for no other
     * @param index its own among them
     * @param port that it serves at; 0: any that is free
     */
    record CoordinatorSeat(List<String> replicas, int index, int port) {
        static final CoordinatorSeat ALONE = new CoordinatorSeat(List.of(), 0, 0);
    }

    CommandLine coordinator(CoordinatorSeat seat) {
        List<String> words = java(programs.coordinator(), "256m", List.of());
        words.addAll(List.of("--job", config.job(), "--world-size", Integer.toString(topology.worldSize())));
        addAddresses(words);
        if (seat.port() != 0) {
            words.addAll(List.of("--port", Integer.toString(seat.port())));
        }
        if (!seat.replicas().isEmpty()) {
            words.addAll(List.of("--replicas", String.join(",", seat.replicas())));
            words.addAll(List.of("--replica-address", seat.replicas().get(seat.index())));
        }
        words.addAll(
                List.of("--step-timeout", DurationText.format(config.deadlines().step())));
        words.addAll(
                List.of("--join-timeout", DurationText.format(config.deadlines().join())));
        addResilience(words);
        words.add("--lifeline");
        return new CommandLine(List.copyOf(words), Map.of());
    }

    private void addResilience(List<String> words) {
        Resilience resilience = config.resilience();
        words.addAll(List.of("--on-loss", resilience.onLoss().word()));
        Integer minRanks = resilience.minRanks();
        if (minRanks != null) {
            words.addAll(List.of("--min-ranks", minRanks.toString()));
        }
        Integer maxRestarts = resilience.maxRestarts();
        if (maxRestarts != null) {
            words.addAll(List.of("--max-restarts", maxRestarts.toString()));
        }
        for (CoordinatorWait wait : CoordinatorWait.values()) {
            Duration value = resilience.waits().get(wait);
            if (value != null) {
                words.addAll(List.of(wait.flag(), DurationText.format(value)));
            }
        }
    }

    /** @param seat the worker's place, one of this node's, and how often it was filled before */
    CommandLine worker(ChildGroup.Seat seat, Peers peers) {
        CustomWorker custom = config.worker().custom();
        List<String> words = custom == null ? ownWorker(seat, peers) : customWorker(custom);
        return new CommandLine(List.copyOf(words), environment.of(seat, peers));
    }

    private List<String> ownWorker(ChildGroup.Seat seat, Peers peers) {
        int place = seat.place();
        List<String> words = java(programs.worker(), "512m", config.worker().javaOptions());
        words.addAll(List.of("--coordinator", peers.coordinator(), "--feed", peers.feed(), "--job", config.job()));
        words.addAll(
                List.of("--world-size", Integer.toString(topology.worldSize()), "--place", Integer.toString(place)));
        words.addAll(List.of("--attempt", Integer.toString(seat.attempt())));
        if (seat.attempt() > 0) {
            words.add("--predecessor-ended"); // this launcher has seen the end of the one before
        }
        if (environment.gpu(place).isPresent()) {
            // It sees its own GPU alone, and the launcher has seen that there is one for each worker.
            words.addAll(List.of("--device-ordinal", "0", "--local-world-size", "1"));
        }
        addAddresses(words);
        words.addAll(
                List.of("--join-timeout", DurationText.format(config.deadlines().join())));
        words.addAll(List.of("--blas-threads", Integer.toString(coresPerWorker())));
        Path stepLog = config.worker().stepLog();
        if (stepLog != null) {
            words.addAll(List.of("--step-log", stepLog.toString()));
        }
        config.worker().options().forEach((option, value) -> words.addAll(List.of(option.flag(), value)));
        if (config.worker().verification() == LaunchConfig.Verification.EVERY_ROW) {
            words.add("--verify");
        }
        words.add("--lifeline");
        return words;
    }

    private List<String> customWorker(CustomWorker custom) {
        String ours = programs.worker().classpath();
        String classpath = custom.classpath() == null ? ours : custom.classpath() + File.pathSeparator + ours;
        var program = new Programs.Program(classpath, LifelineMain.class.getName(), List.of());
        List<String> words = java(program, "512m", config.worker().javaOptions());
        words.add(custom.mainClass());
        words.addAll(custom.arguments());
        return words;
    }

    /**
     * The JVM options by which the processes of one machine share it: the serial collector, a heap and buffers with an end,
     * and as many processors as are each worker's, from which the JVM derives its compiler threads. A crash report goes to
     * stderr, where the launcher keeps it, instead of a file.
     */
    private List<String> java(Programs.Program program, String heap, List<String> added) {
        List<String> words = new ArrayList<>(List.of(
                programs.java().toString(),
                "-XX:+UseSerialGC",
                "-Xms32m",
                "-Xmx" + heap,
                "-XX:MaxDirectMemorySize=" + heap,
                "-XX:ActiveProcessorCount=" + coresPerWorker(),
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+ErrorFileToStderr"));
        if (programs.javaVersion() >= WARNS_OF_NATIVE_ACCESS) {
            words.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        words.addAll(program.javaOptions());
        words.addAll(added);
        words.addAll(List.of("-cp", program.classpath(), program.mainClass()));
        return words;
    }

    private void addAddresses(List<String> words) {
        words.addAll(List.of("--bind", topology.reach().bind()));
        String advertise = topology.reach().advertise();
        if (advertise != null) {
            words.addAll(List.of("--advertise-address", advertise));
        }
    }

    private int coresPerWorker() {
        return environment.coresPerWorker();
    }
}
