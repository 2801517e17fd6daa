package io.coxswain.worker;

import io.coxswain.flags.DurationConverter;
import io.coxswain.worker.HardwareConfig.DeviceKind;
import io.coxswain.worker.WorkerConfig.GraphSetting;
import io.coxswain.worker.WorkerConfig.HostPort;
import io.coxswain.worker.WorkerConfig.Listen;
import io.coxswain.worker.WorkerConfig.Network;
import io.coxswain.worker.WorkerConfig.Patience;
import io.coxswain.worker.WorkerConfig.Predecessor;
import io.coxswain.worker.WorkerConfig.Rules;
import io.coxswain.worker.WorkerConfig.Run;
import io.coxswain.worker.WorkerConfig.Seat;
import io.coxswain.worker.WorkerConfig.Start;
import io.coxswain.worker.WorkerConfig.Verification;
import io.coxswain.worker.collective.PortRange;
import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;
import io.coxswain.worker.runner.BatchLimits;
import io.coxswain.worker.runner.ffn.FfnConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The worker's flags; {@link WorkerConfig} says what they mean and what is allowed. Each may come from the environment: see {@link
 * io.coxswain.flags.EnvironmentFlags}.
 */
final class WorkerOptions {

    private static final String DEFAULT = " (default: ${DEFAULT-VALUE}).";

    @Option(
            names = "--coordinator",
            paramLabel = "HOST:PORT[,HOST:PORT...]",
            required = true,
            description =
                    "The coordinator, or all of its replicas (default: $COXSWAIN_COORDINATOR, as every flag has its own variable).")
    private String coordinator = "";

    @Option(names = "--feed", paramLabel = "HOST:PORT", required = true, description = "Where requests come from.")
    private String feed = "";

    @Option(names = "--job", paramLabel = "NAME", description = "The job's name" + DEFAULT)
    private String job = "coxswain";

    @Option(
            names = "--world-size",
            paramLabel = "N",
            required = true,
            description = "Ranks of the job (default: $WORLD_SIZE, or what MPI or SLURM say).")
    private int worldSize;

    @Option(
            names = "--place",
            paramLabel = "N",
            required = true,
            description =
                    "This worker's place, 0 to world size - 1 (default: $RANK, or what MPI, SLURM or Kubernetes say).")
    private int place;

    @Option(
            names = "--attempt",
            paramLabel = "N",
            description = "How often the place was filled before (default: the coordinator counts).")
    private @Nullable Integer attempt;

    @Option(
            names = "--predecessor-ended",
            fallbackValue = "true",
            description = "The place's former member is known to have ended: this one counts for a quorum.")
    private boolean predecessorEnded;

    @Option(names = "--device", paramLabel = "KIND", description = "What to run on: ${COMPLETION-CANDIDATES}" + DEFAULT)
    private DeviceKind device = DeviceKind.AUTO;

    @Option(
            names = "--device-ordinal",
            paramLabel = "N",
            description = "Which GPU of this machine (default: $LOCAL_RANK, or what MPI or SLURM say, or 0).")
    private int deviceOrdinal;

    @Option(
            names = "--local-world-size",
            paramLabel = "N",
            description = "Workers on this machine (default: $LOCAL_WORLD_SIZE, or what MPI or SLURM say, or 1).")
    private int localWorldSize = 1;

    @Option(
            names = "--cuda-libraries",
            paramLabel = "DIR",
            description = "Where to look first for CUDA's libraries and NCCL (default: none).")
    private @Nullable Path cudaLibraries;

    @Option(
            names = "--allow-stand-in",
            fallbackValue = "true",
            description = "For tests: run on libraries that stand in for a GPU.")
    private boolean allowStandIn;

    @Option(names = "--bind", paramLabel = "HOST", description = "Host to listen on for peers" + DEFAULT)
    private String bind = "127.0.0.1";

    @Option(
            names = "--advertise-address",
            paramLabel = "HOST",
            description =
                    "Host that peers use (default: that of --bind; with 0.0.0.0, the address of the route to the coordinator).")
    private @Nullable String advertiseAddress;

    @Option(
            names = "--collective-ports",
            paramLabel = "MIN-MAX",
            description = "Where to listen for peers' collectives (default: any port that is free).")
    private @Nullable String collectivePorts;

    @Option(
            names = "--health-port",
            paramLabel = "P",
            description = "Where to serve gRPC health: startup, readiness, liveness (default: nowhere).")
    private @Nullable Integer healthPort;

    @Option(
            names = "--readiness-limit",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long a step may take before this worker is not ready (default: 10s).")
    private Duration readinessLimit = Duration.ofSeconds(10);

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long leaving may take after SIGTERM (default: 4s).")
    private Duration drainTimeout = Duration.ofSeconds(4);

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            split = ",",
            description = "What to call this worker in the status; repeatable (default: $COXSWAIN_LABELS).")
    private Map<String, String> labels = new TreeMap<>();

    @Option(
            names = "--join-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For all ranks to come (default: 300s).")
    private Duration joinTimeout = Duration.ofMinutes(5);

    @Option(
            names = "--collective-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "For one collective (default: 120s).")
    private Duration collectiveTimeout = Duration.ofMinutes(2);

    @Option(
            names = "--model-class",
            paramLabel = "CLASS",
            description = "Factory of a model of your own, on the class path (default: the model that is built in).")
    private @Nullable String modelClass;

    @Option(names = "--hidden-width", paramLabel = "N", description = "Elements of a token's hidden state" + DEFAULT)
    private int hiddenWidth = 256;

    @Option(names = "--inner-width", paramLabel = "N", description = "Width of the feed-forward block" + DEFAULT)
    private int innerWidth = 1024;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of weights and tokens" + DEFAULT)
    private long seed;

    @Option(names = "--max-batch-tokens", paramLabel = "N", description = "Token budget of a step" + DEFAULT)
    private int maxBatchTokens = 2048;

    @Option(names = "--max-batch-requests", paramLabel = "N", description = "Most requests in a step" + DEFAULT)
    private int maxBatchRequests = 256;

    @Option(
            names = "--capture-sizes",
            paramLabel = "N,N,...",
            split = ",",
            description = "Token counts that graphs exist for (default: 1,2,4,8 to 248 by 8, 256 to 512 by 16).")
    private List<Integer> captureSizes = Rules.defaultCaptureSizes();

    @Option(
            names = "--graph-mode",
            paramLabel = "MODE",
            description = "How steps use graphs: ${COMPLETION-CANDIDATES}" + DEFAULT)
    private GraphSetting graphMode = GraphSetting.FULL_AND_PIECEWISE;

    @Option(
            names = "--decode-query-length",
            paramLabel = "N",
            description = "Tokens of a request in a decode step" + DEFAULT)
    private int decodeQueryLength = 1;

    @Option(names = "--microbatches", paramLabel = "N", description = "Microbatches of a step; 1 is none" + DEFAULT)
    private int microbatches = 1;

    @Option(
            names = "--decode-threshold",
            paramLabel = "N",
            description = "Smallest tokens of any rank at which a decode step is split" + DEFAULT)
    private int decodeThreshold = 32;

    @Option(names = "--prefill-threshold", paramLabel = "N", description = "The same for other steps" + DEFAULT)
    private int prefillThreshold = 512;

    @Option(names = "--verify", fallbackValue = "true", description = "Check every row against an unsharded reference.")
    private boolean verify;

    @Option(names = "--blas-threads", paramLabel = "N", description = "Threads of one matrix multiplication" + DEFAULT)
    private int blasThreads = 1;

    @Option(
            names = "--rehearsal-steps",
            paramLabel = "N",
            description = "Agreements that no job counts, before the first step" + DEFAULT)
    private int rehearsalSteps = 2_000;

    @Option(
            names = "--step-log",
            paramLabel = "DIR",
            description = "Write a line for each executed step to a file of this member there (default: none).")
    private @Nullable Path stepLog;

    @Option(names = "--lifeline", fallbackValue = "true", description = "End when standard input ends.")
    private boolean lifeline;

    boolean lifeline() {
        return lifeline;
    }

    WorkerConfig toConfig() {
        return toConfig(HostPort.parse("feed", feed));
    }

    /** Of a worker that gets its work from elsewhere. */
    WorkerConfig toConfigWithoutFeed() {
        return toConfig(null);
    }

    private WorkerConfig toConfig(@Nullable HostPort requests) {
        return new WorkerConfig(
                new Seat(
                        job,
                        worldSize,
                        place,
                        new Start(
                                attempt == null ? OptionalInt.empty() : OptionalInt.of(attempt),
                                predecessorEnded ? Predecessor.ENDED : Predecessor.UNKNOWN),
                        labels),
                new Network(
                        WorkerConfig.coordinators(coordinator),
                        requests,
                        new Listen(
                                bind,
                                advertiseAddress,
                                collectivePorts == null
                                        ? PortRange.ANY
                                        : PortRange.parse("collective-ports", collectivePorts),
                                healthPort),
                        joinTimeout,
                        collectiveTimeout),
                batchLimits(),
                new Rules(captureSizes, graphMode, decodeQueryLength, microbatches, decodeThreshold, prefillThreshold),
                model(),
                new Run(
                        hardware(),
                        verify ? Verification.EVERY_ROW : Verification.NONE,
                        rehearsalSteps,
                        new Patience(readinessLimit, drainTimeout),
                        stepLog));
    }

    private HardwareConfig hardware() {
        StandIn standIn = allowStandIn ? StandIn.ALLOWED : StandIn.REFUSED;
        return new HardwareConfig(
                device, new HardwareConfig.Cuda(deviceOrdinal, localWorldSize, cudaLibraries, standIn), blasThreads);
    }

    /** Checked here as well, since the limits know nothing of flags. */
    private BatchLimits batchLimits() {
        WorkerConfig.between("max-batch-tokens", maxBatchTokens, 1, BatchLimits.MAX_TOKENS);
        WorkerConfig.between("max-batch-requests", maxBatchRequests, 1, BatchLimits.MAX_REQUESTS);
        return new BatchLimits(maxBatchTokens, maxBatchRequests);
    }

    private ModelChoice model() {
        WorkerConfig.between("hidden-width", hiddenWidth, 1, FfnConfig.MAX_HIDDEN);
        WorkerConfig.between("inner-width", innerWidth, 1, FfnConfig.MAX_INNER);
        return new ModelChoice(new FfnConfig(hiddenWidth, innerWidth, seed), modelClass);
    }
}
