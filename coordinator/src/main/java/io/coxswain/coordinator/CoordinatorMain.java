package io.coxswain.coordinator;

import io.coxswain.coordinator.store.ReplicaRefusedException;
import io.coxswain.coordinator.store.TakenPort;
import io.coxswain.flags.EnvironmentFlags;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The coordinator as a program. It prints host:port as its first line when it serves, and ends when its job has ended, when
 * it is told to (SIGTERM), or with its starter (see {@code --lifeline}).
 */
@Command(
        name = "coxswain-coordinator",
        description = "Decides once for all ranks of a data-parallel job what the next step's shape is.",
        mixinStandardHelpOptions = true)
public final class CoordinatorMain implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorMain.class);
    private static final int RUNS = -1;
    /** Netty's native transport has an exception of its own for it, of which only the text tells. */
    private static final String PORT_TAKEN_TEXT = "Address already in use";

    @Mixin
    private final CoordinatorOptions options = new CoordinatorOptions();

    /** What the process ends with, once somebody has decided that it ends. */
    private final AtomicInteger exitCode = new AtomicInteger(RUNS);

    /** Runs the coordinator and exits with its code. */
    public static void main(String[] arguments) {
        // Hazelcast decides where its lines go before it is told anything else.
        System.setProperty("hazelcast.logging.type", "slf4j");
        var program = new CoordinatorMain();
        int code = EnvironmentFlags.of(System.getenv())
                .applyTo(new CommandLine(program))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments);
        program.exitCode.compareAndSet(RUNS, code);
        System.exit(code);
    }

    @Override
    public Integer call() throws InterruptedException {
        CoordinatorConfig config;
        Coordinator coordinator;
        try {
            config = options.toConfig();
            coordinator = Coordinator.of(config, new SecureRandom().nextLong() | 1);
        } catch (IllegalArgumentException refused) {
            System.err.println(refused.getMessage());
            return ExitCode.USAGE;
        } catch (IOException noDirectory) {
            LOG.error("no directory for this machine's jobs: {}", noDirectory.getMessage());
            return ExitCode.FAILED;
        }
        return serve(config, coordinator);
    }

    private int serve(CoordinatorConfig config, Coordinator coordinator) throws InterruptedException {
        try (coordinator) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(coordinator), "coordinator-shutdown"));
            if (options.lifeline()) {
                watchLifeline(System.in);
            }
            int code = coordinator.run(address -> announce(config, address));
            exitCode.compareAndSet(RUNS, code);
            return code;
        } catch (IOException failed) {
            LOG.error("cannot serve: {}", failed.getMessage());
            return TakenPort.isWhy(failed, PORT_TAKEN_TEXT) ? ExitCode.PORT_TAKEN : ExitCode.FAILED;
        } catch (ReplicaRefusedException refused) {
            LOG.error("this cannot be a replica of job {}: {}", config.job(), refused.getMessage());
            return ExitCode.of(refused.kind());
        }
    }

    private static void announce(CoordinatorConfig config, String address) {
        LOG.info("job {} of {} ranks on {}", config.job(), config.worldSize(), address);
        System.out.println(address);
        System.out.flush();
    }

    /** A signal: whoever leads hands over, and the process ends well. */
    private void end(Coordinator coordinator) {
        boolean isSignal = exitCode.compareAndSet(RUNS, ExitCode.OK);
        if (isSignal) {
            coordinator.handOver();
        }
        coordinator.close();
        if (isSignal) {
            Runtime.getRuntime().halt(ExitCode.OK);
        }
    }

    /** The starter holds the other end of standard input: when that ends, the starter is gone, however it went. */
    private void watchLifeline(InputStream lifeline) {
        var watcher = new Thread(
                () -> {
                    try {
                        lifeline.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException gone) {
                        LOG.debug("the lifeline broke", gone);
                    }
                    LOG.warn("the process that started this coordinator is gone");
                    exitCode.compareAndSet(RUNS, ExitCode.FAILED);
                    System.exit(ExitCode.FAILED);
                },
                "lifeline");
        watcher.setDaemon(true);
        watcher.start();
    }
}
