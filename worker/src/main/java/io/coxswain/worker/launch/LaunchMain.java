package io.coxswain.worker.launch;

import java.io.IOException;

/** The program behind scripts/launch.sh. */
public final class LaunchMain {
    private final RequestSource.Factory factory;

    LaunchMain(RequestSource.Factory factory) {
        this.factory = factory;
    }

    public static void main(String[] arguments) throws InterruptedException {
        System.exit(new LaunchMain(TraceRequestSource::open).run(arguments));
    }

    /** Reads the command line and the trace, then launches; answers the exit code. */
    int run(String... arguments) throws InterruptedException {
        LaunchCommand.Request request = LaunchCommand.parse(System.getenv(), arguments);
        LaunchConfig config = request.config();
        if (config == null) {
            (request.exitCode() == ExitCodes.OK ? System.out : System.err).println(request.text());
            return request.exitCode();
        }
        RequestSource requests;
        try {
            requests = factory.open(config.trace());
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("launch.sh: " + e.getMessage());
            return ExitCodes.USAGE;
        }
        try {
            Programs programs = Programs.ofThisJvm(config.coordinatorClasspath());
            return new Launcher(config, programs, requests, Terminal.ofThisProcess()).run();
        } catch (IOException e) {
            System.err.println("launch.sh: " + e.getMessage());
            return ExitCodes.FAILED;
        }
    }
}
