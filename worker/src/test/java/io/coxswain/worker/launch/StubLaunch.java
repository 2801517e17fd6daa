package io.coxswain.worker.launch;

import io.coxswain.worker.report.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** The launcher with stub programs; a process of its own where a test sends it signals. */
final class StubLaunch {
    private static final Map<String, String> HOME = Map.of("COXSWAIN_HOME", "/not-used");

    private StubLaunch() {}

    /** Runs it with the stub worker; the first argument is the coordinator's class. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String[] flags = Arrays.copyOfRange(arguments, 1, arguments.length);
        System.exit(run(arguments[0], Terminal.ofThisProcess(), flags));
    }

    static int run(String coordinator, Terminal terminal, String... flags) throws IOException, InterruptedException {
        LaunchCommand.Request request = LaunchCommand.parse(HOME, flags);
        LaunchConfig config = request.config();
        if (config == null) {
            throw new IllegalArgumentException(request.text());
        }
        String classpath = System.getProperty("java.class.path");
        Programs programs = new Programs(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                Runtime.version().feature(),
                Runtime.getRuntime().availableProcessors(),
                new Programs.Program(classpath, coordinator),
                new Programs.Program(classpath, StubWorker.class.getName()));
        int ranks = config.nprocPerNode();
        RequestSource requests = new StubRequests(new Workload(ranks, 10L * ranks, 2L * ranks));
        return new Launcher(config, programs, requests, terminal).run();
    }
}
