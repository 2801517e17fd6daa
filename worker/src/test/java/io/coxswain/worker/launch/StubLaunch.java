package io.coxswain.worker.launch;

import io.coxswain.worker.report.Workload;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The launcher with stub programs; a process of its own where a test sends it signals. */
final class StubLaunch {
    private StubLaunch() {}

    /** Runs it with the stub worker; the first argument is the coordinator's class. */
    public static void main(String[] arguments) throws InterruptedException {
        String[] flags = Arrays.copyOfRange(arguments, 1, arguments.length);
        System.exit(run(arguments[0], Terminal.ofThisProcess(), flags));
    }

    static int run(String coordinator, Terminal terminal, String... flags) throws InterruptedException {
        LaunchConfig config = Flags.launch(Machine.here(Map.of()), flags);
        String classpath = System.getProperty("java.class.path");
        Programs programs = new Programs(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                Runtime.version().feature(),
                Machine.here(Map.of()),
                new Programs.Program(classpath, coordinator, List.of()),
                new Programs.Program(classpath, StubWorker.class.getName(), List.of()));
        int ranks = config.nodes().count().max() * config.nodes().localWorkers();
        RequestSource requests = new StubRequests(new Workload(ranks, 10L * ranks, 2L * ranks));
        return LaunchMain.atDesk(
                terminal,
                LaunchCommand.Manner.REAL,
                desk -> new LaunchRun(config, programs, () -> requests, desk).run());
    }
}
