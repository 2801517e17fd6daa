package io.coxswain.worker.launch;

import io.coxswain.worker.process.SignalWatch;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The program behind scripts/launch.sh. */
public final class LaunchMain {
    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

    private final Map<String, String> environment;
    private final RequestSource.Factory factory;

    LaunchMain(Map<String, String> environment, RequestSource.Factory factory) {
        this.environment = environment;
        this.factory = factory;
    }

    public static void main(String[] arguments) throws InterruptedException {
        System.exit(new LaunchMain(System.getenv(), TraceRequestSource::open).run(arguments));
    }

    /** Reads the command line, then launches; answers the exit code. */
    int run(String... arguments) throws InterruptedException {
        Machine machine = Machine.here(environment);
        LaunchCommand.Request request = LaunchCommand.parse(environment, machine, arguments);
        if (request instanceof LaunchCommand.Request.Launch launch) {
            return launch(launch, machine);
        }
        if (request instanceof LaunchCommand.Request.LaunchHosts hosts) {
            return launchHosts(hosts);
        }
        LaunchCommand.Request.Say say = (LaunchCommand.Request.Say) request;
        (say.exitCode() == ExitCodes.OK ? System.out : System.err).println(say.text());
        return say.exitCode();
    }

    private int launch(LaunchCommand.Request.Launch launch, Machine machine) throws InterruptedException {
        LaunchConfig config = launch.config();
        Programs programs = Programs.ofThisJvm(machine, config.coordinatorClasspath(), ClassArchives.of(environment));
        if (launch.manner() == LaunchCommand.Manner.DRY_RUN) {
            System.out.println(DryRun.text(config, programs));
            return ExitCodes.OK;
        }
        return atDesk(
                Terminal.ofThisProcess(),
                launch.manner(),
                desk -> new LaunchRun(config, programs, () -> factory.open(config.trace()), desk).run());
    }

    private int launchHosts(LaunchCommand.Request.LaunchHosts hosts) throws InterruptedException {
        RemoteCommands commands = new RemoteCommands(hosts.settings(), hosts.arguments());
        if (hosts.manner() == LaunchCommand.Manner.DRY_RUN) {
            System.out.println(DryRun.text(commands));
            return ExitCodes.OK;
        }
        return atDesk(
                Terminal.ofThisProcess(),
                hosts.manner(),
                desk -> new HostsLauncher(commands, hosts.policy(), desk).run());
    }

    /** What is done at a desk. */
    @FunctionalInterface
    interface Work {
        int run(Desk desk) throws IOException, InterruptedException;
    }

    /** Hears signals while the work is done. */
    static int atDesk(Terminal terminal, LaunchCommand.Manner manner, Work work) throws InterruptedException {
        EventLoop loop = new EventLoop(System::nanoTime);
        JobState state = new JobState(loop.nanoTime());
        Desk desk = new Desk(loop, terminal, state);
        try (SignalWatch signals = SignalWatch.install(SIGNALS, number -> loop.post(() -> state.onSignal(number)))) {
            if (manner == LaunchCommand.Manner.ON_A_LIFELINE) {
                Lifeline.watch(System.in, desk);
            }
            return work.run(desk);
        } catch (IOException e) {
            desk.terminal().news("launch.sh: " + e.getMessage());
            return ExitCodes.FAILED;
        }
    }
}
