package io.coxswain.coordinator;

import io.coxswain.coordinator.CoordinatorConfig.Listen;
import io.coxswain.coordinator.CoordinatorConfig.Resilience;
import io.coxswain.coordinator.CoordinatorConfig.Waits;
import io.coxswain.coordinator.core.OnLoss;
import io.coxswain.coordinator.observe.JobRegistry;
import io.coxswain.flags.DurationConverter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The coordinator's flags; {@link CoordinatorConfig} says what they mean and what is allowed. Each may come from the environment: see
 * {@link io.coxswain.flags.EnvironmentFlags}.
 */
final class CoordinatorOptions {

    @Option(names = "--job", paramLabel = "NAME", description = "The job's name (default: ${DEFAULT-VALUE}).")
    private String job = CoordinatorConfig.DEFAULT_JOB;

    @Option(names = "--world-size", paramLabel = "N", required = true, description = "Ranks of the job.")
    private int worldSize;

    @Option(names = "--bind", paramLabel = "HOST", description = "Host to listen on (default: ${DEFAULT-VALUE}).")
    private String bind = "127.0.0.1";

    @Option(names = "--port", paramLabel = "P", description = "Port; 0 for any that is free (default: 0).")
    private int port;

    @Option(
            names = "--advertise-address",
            paramLabel = "HOST",
            description = "Host that others reach this one by (default: that of --bind).")
    private @Nullable String advertiseAddress;

    @Option(
            names = "--step-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "From a decision to all reports of the next step (default: 10s).")
    private Duration step = Waits.DEFAULTS.step();

    @Option(
            names = "--first-step-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "The same for the first step and for captures (default: 60s).")
    private Duration firstStep = Waits.DEFAULTS.firstStep();

    @Option(
            names = "--join-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For all ranks to come (default: 300s).")
    private Duration join = Waits.DEFAULTS.join();

    @Option(
            names = "--prepare-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For all ranks to connect their collectives (default: 60s).")
    private Duration prepare = Waits.DEFAULTS.prepare();

    @Option(
            names = "--heartbeat-interval",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Between two heartbeats (default: 500ms).")
    private Duration heartbeatInterval = Waits.DEFAULTS.heartbeatInterval();

    @Option(
            names = "--heartbeat-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Silence after which a rank is lost; at least three intervals (default: 5s).")
    private Duration heartbeatTimeout = Waits.DEFAULTS.heartbeatTimeout();

    @Option(
            names = "--stream-grace",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For a closed control stream to be opened again (default: 200ms).")
    private Duration streamGrace = Waits.DEFAULTS.streamGrace();

    @Option(
            names = "--wait-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For a lost rank's next member (default: 120s).")
    private Duration replacement = Waits.DEFAULTS.replacement();

    @Option(
            names = "--reattach-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description =
                    "For the members of a running epoch to find a new coordinator (default: 10s, or 30s where there are several).")
    private @Nullable Duration reattach;

    @Option(
            names = "--on-loss",
            paramLabel = "POLICY",
            description = "What a lost rank means: ${COMPLETION-CANDIDATES} (default: fail).")
    private OnLoss onLoss = OnLoss.FAIL;

    @Option(
            names = "--min-ranks",
            paramLabel = "N",
            description = "The fewest ranks to go on with (default: 1 with shrink, else the world size).")
    private @Nullable Integer minRanks;

    @Option(
            names = "--max-restarts",
            paramLabel = "N",
            description = "Restarts of workers within the window (default: 0 with fail, else 10).")
    private @Nullable Integer maxRestarts;

    @Option(
            names = "--restart-window",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Length of that sliding window (default: 10m).")
    private Duration restartWindow = Resilience.DEFAULT_RESTART_WINDOW;

    @Option(
            names = "--max-fruitless-restarts",
            paramLabel = "N",
            description = "Restarts of one rank in a row without a decided step (default: ${DEFAULT-VALUE}).")
    private int maxFruitlessRestarts = Resilience.DEFAULT_MAX_FRUITLESS_RESTARTS;

    @Mixin
    private ReplicaOptions replicas = new ReplicaOptions();

    @Option(
            names = "--job-dir",
            paramLabel = "DIR",
            description = "Where this machine's jobs are listed (default: $XDG_RUNTIME_DIR/coxswain, else in /tmp).")
    private @Nullable Path jobDirectory;

    @Option(
            names = "--linger",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long it answers after the job's end (default: 10s).")
    private Duration linger = Duration.ofSeconds(10);

    @Option(names = "--lifeline", fallbackValue = "true", description = "End when standard input ends.")
    private boolean lifeline;

    boolean lifeline() {
        return lifeline;
    }

    private Resilience resilience() {
        Resilience defaults = Resilience.defaults(onLoss, worldSize);
        return new Resilience(
                onLoss,
                minRanks == null ? defaults.minRanks() : minRanks,
                maxRestarts == null ? defaults.maxRestarts() : maxRestarts,
                restartWindow,
                maxFruitlessRestarts);
    }

    private Duration reattach(Replication replication) {
        if (reattach != null) {
            return reattach;
        }
        return replication.wanted() == 1 ? Waits.DEFAULTS.reattach() : Waits.REATTACH_AMONG_REPLICAS;
    }

    CoordinatorConfig toConfig() throws IOException {
        Replication replication = replicas.toReplication();
        return new CoordinatorConfig(
                job,
                worldSize,
                new Listen(bind, port, advertiseAddress == null ? bind : advertiseAddress),
                new Waits(
                        join,
                        prepare,
                        firstStep,
                        step,
                        heartbeatInterval,
                        heartbeatTimeout,
                        streamGrace,
                        replacement,
                        reattach(replication)),
                resilience(),
                replication,
                jobDirectory == null ? JobRegistry.defaultDirectory(System.getenv()) : jobDirectory,
                linger);
    }
}
