package io.coxswain.worker.feed;

import io.coxswain.flags.DurationConverter;
import io.coxswain.flags.EnvironmentFlags;
import io.coxswain.worker.net.ReplicaAddresses;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The trace player as a program, for jobs that no launcher starts. Each flag also comes from the environment. */
@Command(
        name = "play.sh",
        description = "Replays a request trace to a job's workers, waits for the job's end, and reports.",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the job is done, and its totals equal the trace's",
            "1:failed, among others with totals that differ",
            "2:a flag or the trace was refused",
            "3:the coordinator has given the job up",
            "4:the ranks' results were not what the reference says, or --verify is given and not all have checked them",
            "6:no coordinator was heard"
        })
public final class PlayMain implements Callable<Integer> {

    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int RANK_LOST = 3;
    static final int VERIFICATION_FAILED = 4;
    static final int COORDINATOR_LOST = 6;

    private static final Logger LOG = LoggerFactory.getLogger(PlayMain.class);

    @Option(
            names = "--coordinator",
            paramLabel = "HOST:PORT[,HOST:PORT...]",
            required = true,
            description = "The coordinator, or all of its replicas (default: $COXSWAIN_COORDINATOR).")
    private String coordinator = "";

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where workers pull requests from (default: ${DEFAULT-VALUE}).")
    private String listen = "127.0.0.1:4200";

    @Option(
            names = "--world-size",
            paramLabel = "N",
            required = true,
            description = "Ranks of the job (default: $WORLD_SIZE).")
    private int worldSize;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Requests as lines of TIMESTAMP,ContextTokens,GeneratedTokens (default: a built-in trace).")
    private @Nullable Path trace;

    @Option(names = "--max-requests", paramLabel = "N", description = "Only the first N requests (default: all).")
    private int maxRequests = Integer.MAX_VALUE;

    @Option(
            names = "--speed",
            paramLabel = "X",
            description = "X times the trace's own pace (default: as fast as the ranks can).")
    private @Nullable Double speed;

    @Option(
            names = "--verify",
            fallbackValue = "true",
            description = "Fail unless every rank has checked its rows: the workers run with --verify, too.")
    private boolean verify;

    @Option(names = "--report", paramLabel = "FILE", description = "Write the report as JSON, too.")
    private @Nullable Path report;

    @Option(
            names = "--join-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For a coordinator to be there (default: 300s).")
    private Duration joinTimeout = Duration.ofMinutes(5);

    @Option(
            names = "--coordinator-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For a coordinator to be heard again once it was (default: 60s).")
    private Duration coordinatorTimeout = Duration.ofMinutes(1);

    /** Runs the player and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(EnvironmentFlags.of(System.getenv())
                .applyTo(new CommandLine(new PlayMain()))
                .execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        PlayConfig config;
        Trace requests;
        ReplaySpeed pace;
        try {
            config = config();
            pace = speed == null ? ReplaySpeed.AS_FAST_AS_POSSIBLE : new ReplaySpeed(speed);
            requests = Trace.readOrBuiltIn(trace, maxRequests);
        } catch (IOException | IllegalArgumentException refused) {
            System.err.println("play.sh: " + refused.getMessage());
            return USAGE;
        }
        try {
            return new Play(config, requests, System.out).run(pace);
        } catch (IOException failed) {
            LOG.error("{}", failed.getMessage());
            return FAILED;
        }
    }

    private PlayConfig config() {
        return new PlayConfig(
                coordinators(),
                address(),
                worldSize,
                verify ? PlayConfig.Verification.EVERY_ROW : PlayConfig.Verification.NONE,
                new PlayConfig.Waits(joinTimeout, coordinatorTimeout),
                report);
    }

    private ReplicaAddresses coordinators() {
        try {
            return ReplicaAddresses.parse(coordinator);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(
                    "--coordinator is " + coordinator + "; " + malformed.getMessage(), malformed);
        }
    }

    private InetSocketAddress address() {
        return ReplicaAddresses.read(listen)
                .map(at -> new InetSocketAddress(at.getHostString(), at.getPort()))
                .orElseThrow(() -> new IllegalArgumentException("--listen is " + listen
                        + "; allowed is HOST:PORT with a port of 1 to " + ReplicaAddresses.MAX_PORT));
    }
}
