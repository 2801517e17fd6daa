package io.coxswain.worker;

import io.coxswain.flags.EnvironmentFlags;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.cuda.CudaUnavailableException;
import io.coxswain.worker.feed.FeedLostException;
import io.coxswain.worker.net.Transports;
import io.coxswain.worker.process.SignalWatch;
import io.coxswain.worker.runner.Verification;
import io.coxswain.worker.step.CoordinatorLostException;
import io.coxswain.worker.step.EpochAbortedException;
import io.coxswain.worker.step.JobEndedException;
import io.coxswain.worker.step.JoinRefusedException;
import io.coxswain.worker.step.SessionException;
import io.coxswain.worker.step.SessionTimeoutException;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** One rank as a program; its exit codes are {@link ExitCode}'s. */
@Command(
        name = "coxswain-worker",
        description = "One rank of a data-parallel job: agrees on every step and runs it.",
        mixinStandardHelpOptions = true)
public final class WorkerMain implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerMain.class);

    @Mixin
    private final WorkerOptions options = new WorkerOptions();

    /** Runs the worker and exits with its code. */
    public static void main(String[] arguments) {
        // JavaCPP otherwise prints to the console that presets of different releases are mixed, which works.
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        System.exit(EnvironmentFlags.of(System.getenv())
                .with("--label", "COXSWAIN_LABELS")
                .applyTo(new CommandLine(new WorkerMain()))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        WorkerConfig config;
        try {
            config = options.toConfig();
            config.requireStepLogDirectory();
            config.model().requireFactory();
        } catch (IllegalArgumentException refused) {
            System.err.println(refused.getMessage());
            return ExitCode.USAGE;
        }
        if (options.lifeline()) {
            watchLifeline(System.in);
        }
        EventLoopGroup loops = Transports.best().newSingleThreadGroup("control");
        var termination = new Termination(
                loops,
                config.run().patience().drain(),
                () -> Runtime.getRuntime().halt(ExitCode.TERMINATED));
        Worker worker = new Worker(config, termination::onRefused);
        try (SignalWatch term = SignalWatch.install(List.of("TERM"), number -> termination.onSignal());
                HealthPort health = HealthPort.open(config, worker::vitalSigns, loops)) {
            termination.drainBy(worker::wishDrain);
            return exitCode(worker.run(loops));
        } catch (SessionException over) {
            LOG.error("{}", over.getMessage());
            return exitCode(over);
        } catch (FeedLostException lost) {
            LOG.error("{}", lost.getMessage());
            return ExitCode.FEED_LOST;
        } catch (CudaUnavailableException missing) {
            LOG.error("{}", missing.getMessage());
            return ExitCode.NO_DEVICE;
        } catch (CollectiveException | DeviceException | IOException failed) {
            LOG.error("{}", failed.getMessage(), failed);
            return ExitCode.FAILED;
        } finally {
            Future<?> unused = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static int exitCode(Optional<Verification> verification) {
        if (verification.isPresent() && !verification.get().passed()) {
            LOG.error("verification failed: {}", verification.get().firstFailure());
            return ExitCode.VERIFICATION_FAILED;
        }
        return ExitCode.OK;
    }

    private static int exitCode(SessionException over) {
        if (over instanceof JoinRefusedException) {
            return ExitCode.REFUSED;
        }
        if (over instanceof CoordinatorLostException) {
            return ExitCode.COORDINATOR_LOST;
        }
        if (over instanceof SessionTimeoutException) {
            return ExitCode.TRY_AGAIN;
        }
        if (over instanceof EpochAbortedException || over instanceof JobEndedException) {
            return ExitCode.ABORTED;
        }
        throw new IllegalStateException("a session that ended in a way of its own", over);
    }

    /** The starter holds the other end of standard input: when that ends, the starter is gone, however it went. */
    private static void watchLifeline(InputStream lifeline) {
        var watcher = new Thread(
                () -> {
                    try {
                        lifeline.transferTo(java.io.OutputStream.nullOutputStream());
                    } catch (IOException gone) {
                        LOG.debug("the lifeline broke", gone);
                    }
                    System.err.println("the process that started this worker is gone");
                    Runtime.getRuntime().halt(ExitCode.FAILED);
                },
                "lifeline");
        watcher.setDaemon(true);
        watcher.start();
    }
}
