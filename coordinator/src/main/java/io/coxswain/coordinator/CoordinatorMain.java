package io.coxswain.coordinator;

import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.coordinator.grpc.CoordinatorServer;
import io.coxswain.coordinator.observe.JobEntry;
import io.coxswain.coordinator.observe.JobRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    private static final long FIRST_TERM = 1;

    @Mixin
    private final CoordinatorOptions options = new CoordinatorOptions();

    /** Runs the coordinator and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new CoordinatorMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        CoordinatorConfig config;
        try {
            config = options.toConfig();
        } catch (IllegalArgumentException refused) {
            System.err.println(refused.getMessage());
            return ExitCode.USAGE;
        } catch (IOException noDirectory) {
            LOG.error("no directory for this machine's jobs: {}", noDirectory.getMessage());
            return ExitCode.FAILED;
        }
        long id = new SecureRandom().nextLong() | 1;
        try {
            return serve(config, new TermId(FIRST_TERM, id));
        } catch (IOException failed) {
            LOG.error("cannot serve: {}", failed.getMessage());
            return ExitCode.FAILED;
        }
    }

    private int serve(CoordinatorConfig config, TermId term) throws IOException, InterruptedException {
        var registry = new JobRegistry(config.jobDirectory());
        Path socket = registry.socketPath(config.job(), term.coordinatorId());
        var ending = new Ending();
        CoordinatorConfig.Listen listen = config.listen();
        var address = new CoordinatorServer.Address(listen.bind(), listen.port(), listen.advertiseAddress(), socket);
        try (var server = new CoordinatorServer(address, ending)) {
            String advertised = server.start(config.toGroupConfig(), term);
            String host = InetAddress.getLocalHost().getHostName();
            long pid = ProcessHandle.current().pid();
            try (var entry = registry.register(new JobEntry(config.job(), host, pid, advertised, term.number()))) {
                var hook = new Thread(() -> closeQuietly(server, entry), "coordinator-shutdown");
                Runtime.getRuntime().addShutdownHook(hook);
                if (options.lifeline()) {
                    watchLifeline(System.in);
                }
                LOG.info("job {} of {} ranks, term {}, on {}", config.job(), config.worldSize(), term, advertised);
                System.out.println(advertised);
                System.out.flush();
                return ending.await(config.linger().toNanos());
            }
        }
    }

    private static void closeQuietly(CoordinatorServer server, AutoCloseable entry) {
        server.close();
        try {
            entry.close();
        } catch (Exception notRemoved) {
            System.err.println("the job's entry was not removed: " + notRemoved);
        }
    }

    /** The starter holds the other end of standard input: when that ends, the starter is gone, however it went. */
    private static void watchLifeline(InputStream lifeline) {
        var watcher = new Thread(
                () -> {
                    try {
                        lifeline.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException gone) {
                        LOG.debug("the lifeline broke", gone);
                    }
                    LOG.warn("the process that started this coordinator is gone");
                    System.exit(ExitCode.FAILED);
                },
                "lifeline");
        watcher.setDaemon(true);
        watcher.start();
    }

    /** Waits for the job's end, and a while longer, so that it can be asked how it went. */
    private static final class Ending implements EngineListener {

        private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

        @Override
        public void onState(GroupState state, String reason) {
            if (state.isEnd()) {
                exitCode.complete(state == GroupState.STOPPED ? ExitCode.OK : ExitCode.FAILED);
            }
        }

        @Override
        public void onDefect(RuntimeException defect) {
            exitCode.completeExceptionally(defect);
        }

        int await(long lingerNanos) throws InterruptedException {
            try {
                int code = exitCode.get();
                new CompletableFuture<Void>().get(lingerNanos, TimeUnit.NANOSECONDS);
                return code;
            } catch (ExecutionException defect) {
                LOG.error("the coordinator broke one of its own rules and ends", defect.getCause());
                return ExitCode.FAILED;
            } catch (TimeoutException lingered) {
                return exitCode.getNow(ExitCode.FAILED);
            }
        }
    }
}
