package io.coxswain.worker.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.coxswain.worker.bench.PhaseLatencies.Percentiles;
import io.coxswain.worker.net.ReplicaAddresses;
import io.coxswain.worker.step.SessionConfig;
import io.coxswain.worker.step.SessionException;
import io.coxswain.worker.step.StepException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A rank that agrees on steps through the production client and runs no model. Rank 0 prints one JSON line: system, ranks,
 * and for cold and warm the p50 and p99 of the time from its report to the decision, in microseconds.
 *
 * <p>Exit codes: 0 well, 1 failed, 2 usage.
 */
@Command(
        name = "agreement-rank",
        description = "Agrees on steps with the other ranks of a job and prints how long that took.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
public final class AgreementRank implements Callable<Integer> {
    private static final Duration REATTACH_TIMEOUT = Duration.ofSeconds(10);

    @Option(
            names = "--coordinator",
            required = true,
            paramLabel = "HOST:PORT",
            description = "The coordinator's address.")
    private String coordinator = "";

    @Option(names = "--job", required = true, paramLabel = "NAME", description = "The job's name.")
    private String job = "";

    @Option(names = "--world-size", required = true, paramLabel = "N", description = "Ranks in the job, 1 to 65536.")
    private int worldSize;

    @Option(names = "--place", required = true, paramLabel = "N", description = "This rank's place, 0 to N - 1.")
    private int place;

    @Option(names = "--steps", paramLabel = "N", description = "Steps to agree on, 1 or more.")
    private long steps = 150_000;

    @Option(names = "--cold-steps", paramLabel = "N", description = "The first steps, which are cold; 0 or more.")
    private long coldSteps = 5_000;

    @Option(names = "--warm-after", paramLabel = "N", description = "Steps before those that are warm; 0 or more.")
    private long warmAfter = 100_000;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs one rank to the end of the job. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new AgreementRank()).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException, JsonProcessingException {
        PhaseLatencies latencies = new PhaseLatencies(coldSteps, warmAfter);
        AgreementRun run = new AgreementRun(checkedConfig(), steps, latencies);
        try {
            if (run.run() == 0) {
                Result result = new Result("coxswain", worldSize, latencies.cold(), latencies.warm());
                System.out.println(new ObjectMapper().writeValueAsString(result));
            }
            return 0;
        } catch (SessionException | StepException failed) {
            System.err.println("place " + place + " of job " + job + ": " + failed.getMessage());
            return 1;
        }
    }

    private record Result(
            @JsonProperty("system") String system,
            @JsonProperty("ranks") int ranks,
            @JsonProperty("cold") @Nullable Percentiles cold,
            @JsonProperty("warm") @Nullable Percentiles warm) {}

    private SessionConfig checkedConfig() {
        requireBetween("--world-size", worldSize, 1, 65_536);
        requireBetween("--place", place, 0, worldSize - 1L);
        requireBetween("--steps", steps, 1, Long.MAX_VALUE);
        requireBetween("--cold-steps", coldSteps, 0, Long.MAX_VALUE);
        requireBetween("--warm-after", warmAfter, 0, Long.MAX_VALUE);
        try {
            return new SessionConfig(
                    ReplicaAddresses.parse(coordinator), BenchHello.of(job, worldSize, place), REATTACH_TIMEOUT);
        } catch (IllegalArgumentException malformed) {
            throw refused("--coordinator is " + coordinator + "; " + malformed.getMessage());
        }
    }

    private void requireBetween(String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw refused(option + " is " + value + "; allowed is " + least + " to " + most);
        }
    }

    private ParameterException refused(String text) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), text);
    }
}
