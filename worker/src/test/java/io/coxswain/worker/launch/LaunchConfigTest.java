package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.CoordinatorConfig.Waits;
import io.coxswain.types.DurationText;
import io.coxswain.worker.launch.LaunchConfig.Addresses;
import io.coxswain.worker.launch.LaunchConfig.Deadlines;
import io.coxswain.worker.launch.LaunchConfig.Job;
import io.coxswain.worker.launch.LaunchConfig.Output;
import io.coxswain.worker.launch.LaunchConfig.TraceSelection;
import io.coxswain.worker.launch.LaunchConfig.Verification;
import io.coxswain.worker.launch.LaunchConfig.WorkerSettings;
import io.coxswain.worker.launch.NodeSettings.Rendezvous;
import io.coxswain.worker.launch.rendezvous.NodeCount;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchConfigTest {
    private static LaunchConfig parse(String... arguments) {
        return Flags.launch(arguments);
    }

    @Test
    void shouldHaveItsDefaults() {
        LaunchConfig config = parse();

        assertThat(config)
                .isEqualTo(new LaunchConfig(
                        new Job(config.job(), false),
                        new NodeSettings(
                                NodeCount.ONE,
                                1,
                                null,
                                new Rendezvous(null, Duration.ofSeconds(300), Duration.ofSeconds(30)),
                                new Addresses(null, null, null)),
                        new TraceSelection(null, null, null),
                        new Deadlines(Duration.ofSeconds(10), Duration.ofSeconds(300), Duration.ofSeconds(5)),
                        Resilience.DEFAULT,
                        new WorkerSettings(Verification.NONE, List.of(), Map.of(), null, null),
                        "/opt/coxswain/coordinator/target/coxswain-coordinator.jar:/opt/coxswain/coordinator/target/lib/*",
                        new Output(LogSettings.NONE, null)));
        assertThat(config.job()).matches("job-[0-9]+-[0-9a-f]{4}");
    }

    @Test
    void shouldMapEveryFlag(@TempDir Path directory) {
        Path report = directory.resolve("report.json");

        LaunchConfig config =
                parse(("--nnodes 2:3 --node-rank 0 --rdzv-endpoint host-a:4000 --rdzv-timeout 1m --rdzv-last-call 5s"
                                + " --log-dir logs --redirects 1 --tee 0:2,1:3 --local-ranks-filter 0,2"
                                + " --nproc-per-node 4 --job night-run --trace t.csv --max-requests 100 --speed 2.5 --verify"
                                + " --step-timeout 500ms --join-timeout 2m --term-grace 0s --bind 0.0.0.0"
                                + " --advertise-address node1 --health-port 4300 --coordinator-classpath c.jar"
                                + " --device cpu --hidden-width 64 --inner-width 128 --seed 7 --max-batch-tokens 512"
                                + " --max-batch-requests 32 --capture-sizes 1,2,4 --graph-mode PIECEWISE"
                                + " --decode-query-length 2 --microbatches 2 --decode-threshold 8"
                                + " --prefill-threshold 16 --worker-java-opts -Xmx1g --on-loss shrink --min-ranks 2"
                                + " --max-restarts 5 --wait-timeout 1m --restart-window 1h --heartbeat-interval 100ms"
                                + " --heartbeat-timeout 2s --stream-grace 300ms --reattach-timeout 40s --coordinators 3 --step-log logs --report "
                                + report
                                + " --cuda-libraries " + directory)
                        .split(" "));

        assertThat(config)
                .isEqualTo(new LaunchConfig(
                        new Job("night-run", true),
                        new NodeSettings(
                                new NodeCount(2, 3),
                                4,
                                0,
                                new Rendezvous(
                                        InetSocketAddress.createUnresolved("host-a", 4000),
                                        Duration.ofMinutes(1),
                                        Duration.ofSeconds(5)),
                                new Addresses("0.0.0.0", "node1", 4300)),
                        new TraceSelection(Path.of("t.csv"), 100, 2.5),
                        new Deadlines(Duration.ofMillis(500), Duration.ofMinutes(2), Duration.ZERO),
                        new Resilience(
                                OnLoss.SHRINK,
                                2,
                                5,
                                Map.of(
                                        CoordinatorWait.WAIT_TIMEOUT, Duration.ofMinutes(1),
                                        CoordinatorWait.RESTART_WINDOW, Duration.ofHours(1),
                                        CoordinatorWait.HEARTBEAT_INTERVAL, Duration.ofMillis(100),
                                        CoordinatorWait.HEARTBEAT_TIMEOUT, Duration.ofSeconds(2),
                                        CoordinatorWait.STREAM_GRACE, Duration.ofMillis(300),
                                        CoordinatorWait.REATTACH_TIMEOUT, Duration.ofSeconds(40)),
                                3),
                        new WorkerSettings(
                                Verification.EVERY_ROW,
                                List.of("-Xmx1g"),
                                Map.ofEntries(
                                        Map.entry(WorkerOption.DEVICE, "cpu"),
                                        Map.entry(WorkerOption.CUDA_LIBRARIES, directory.toString()),
                                        Map.entry(WorkerOption.HIDDEN_WIDTH, "64"),
                                        Map.entry(WorkerOption.INNER_WIDTH, "128"),
                                        Map.entry(WorkerOption.SEED, "7"),
                                        Map.entry(WorkerOption.MAX_BATCH_TOKENS, "512"),
                                        Map.entry(WorkerOption.MAX_BATCH_REQUESTS, "32"),
                                        Map.entry(WorkerOption.CAPTURE_SIZES, "1,2,4"),
                                        Map.entry(WorkerOption.GRAPH_MODE, "PIECEWISE"),
                                        Map.entry(WorkerOption.DECODE_QUERY_LENGTH, "2"),
                                        Map.entry(WorkerOption.MICROBATCHES, "2"),
                                        Map.entry(WorkerOption.DECODE_THRESHOLD, "8"),
                                        Map.entry(WorkerOption.PREFILL_THRESHOLD, "16")),
                                Path.of("logs"),
                                null),
                        "c.jar",
                        new Output(
                                new LogSettings(
                                        Path.of("logs"),
                                        new LogSettings.Streams(1, Map.of()),
                                        new LogSettings.Streams(0, Map.of(0, 2, 1, 3)),
                                        Set.of(0, 2)),
                                report)));
        assertThat(config.worker().options()).hasSameSizeAs(WorkerOption.values());
        assertThat(config.resilience().waits()).hasSameSizeAs(CoordinatorWait.values());
    }

    @Test
    void shouldJudgeWaitsByTheCoordinatorsOwnDefaults() {
        Waits waits = Waits.DEFAULTS;

        assertThat(CoordinatorWait.WAIT_TIMEOUT.description()).endsWith(inBrackets(waits.replacement()));
        assertThat(CoordinatorWait.HEARTBEAT_INTERVAL.description()).endsWith(inBrackets(waits.heartbeatInterval()));
        assertThat(CoordinatorWait.HEARTBEAT_TIMEOUT.description()).endsWith(inBrackets(waits.heartbeatTimeout()));
        assertThat(CoordinatorWait.STREAM_GRACE.description()).endsWith(inBrackets(waits.streamGrace()));
        assertThat(CoordinatorWait.REATTACH_TIMEOUT.description()).endsWith(inBrackets(Waits.REATTACH_AMONG_REPLICAS));
    }

    private static String inBrackets(Duration wait) {
        return " (" + DurationText.format(wait) + ").";
    }

    @Test
    void shouldSplitTheWorkersJavaOptionsAtBlanks() {
        assertThat(parse("--worker-java-opts", " -Xmx1g  -Da=b ").worker().javaOptions())
                .containsExactly("-Xmx1g", "-Da=b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--nproc-per-node | 0 | a whole number from 1 to 1024",
                "--nproc-per-node | 1025 | a whole number from 1 to 1024",
                "--nproc-per-node | four | a whole number from 1 to 1024, auto or gpu",
                "--nproc-per-node | gpu | no GPU that can be seen",
                "--nnodes | 0 | N or MIN:MAX with 1 <= MIN <= MAX <= 1024",
                "--nnodes | 3:2 | N or MIN:MAX",
                "--nnodes | 2 | --rdzv-endpoint is missing",
                "--node-rank | 1 | a whole number from 0 to 0, as --nnodes is 1",
                "--rdzv-endpoint | host:0 | HOST[:PORT] with a port of 1 to 65535",
                "--rdzv-timeout | 10ms | a duration from 1s to 24h",
                "--rdzv-last-call | -1s | a whole number with its unit",
                "--log-dir | /proc/version/logs | a directory that can be written, or made",
                "--redirects | 4 | 0 to 3",
                "--tee | 0:1,2 | or by local rank as in 0:1,1:3",
                "--local-ranks-filter | all | local ranks, as in 0,2",
                "--hosts | a:0 | 1 to 1024 workers on a host",
                "--hostfile | nowhere/at/all | a file that can be read",
                "--job | a b | 1 to 128 characters",
                "--max-requests | 0 | a whole number from 1",
                "--on-loss | hope | FAIL, WAIT, SHRINK",
                "--min-ranks | 0 | a whole number from 1",
                "--min-ranks | 2 | a whole number from 1 to the number of ranks, which is 1",
                "--max-restarts | -1 | a whole number from 0",
                "--wait-timeout | 0s | a duration from 1ms to 24h",
                "--heartbeat-timeout | soon | a whole number with its unit",
                "--heartbeat-timeout | 1499ms | three times --heartbeat-interval at least, which is 1500ms",
                "--stream-grace | 5s | less than --heartbeat-timeout, which is 5s",
                "--step-timeout | 1499ms | a third of --step-timeout at most, which is 1499ms",
                "--step-log | /proc/version | a directory that can be written, or made",
                "--step-log | /proc/version/logs | a directory that can be written, or made",
                "--speed | 0 | a factor from 0.001 to 1000000",
                "--speed | NaN | a factor from 0.001 to 1000000",
                "--step-timeout | 10 | a whole number with its unit",
                "--step-timeout | 0s | a duration from 1ms to 24h",
                "--join-timeout | 90000s | a duration from 1ms to 24h",
                "--term-grace | -1s | a whole number with its unit",
                "--bind | 'a b' | a host name or an address",
                "--advertise-address | '' | a host name or an address",
                "--health-port | 0 | a port from 1 to 65534: the 1 workers have those after it",
                "--health-port | 65535 | a port from 1 to 65534",
                "--report | /does-not-exist/report.json | a file in a directory that can be written",
                "--device | tpu | one of auto, cuda, cpu",
                "--cuda-libraries | nowhere/at/all | a directory that is there",
                "--hidden-width | 0 | a whole number from 1 to 65536",
                "--inner-width | 262145 | a whole number from 1 to 262144",
                "--seed | 9223372036854775808 | a whole number from 0 to 9223372036854775807",
                "--max-batch-tokens | x | a whole number from 1",
                "--max-batch-requests | 0 | a whole number from 1",
                "--capture-sizes | 4,2 | ascending whole numbers",
                "--capture-sizes | 1,,2 | ascending whole numbers",
                "--graph-mode | SOME | one of NONE, PIECEWISE, FULL, FULL_DECODE_ONLY, FULL_AND_PIECEWISE",
                "--decode-query-length | 0 | a whole number from 1",
                "--microbatches | 0 | a whole number from 1",
                "--decode-threshold | 0 | a whole number from 1",
                "--prefill-threshold | 0 | a whole number from 1",
                "--coordinators | 2 | 1, 3 or 5: a leader needs more than half of them",
                "--coordinators | 7 | 1, 3 or 5",
                "--coordinator-classpath | '' | a Java class path"
            })
    void shouldRefuseWhatAFlagCannotBe(String flag, String value, String allowed) {
        assertThat(Flags.refusals(Flags.HOME, flag + "=" + value))
                .anySatisfy(line -> assertThat(line).contains(flag).contains(allowed))
                .anySatisfy(line -> assertThat(line).contains(value));
    }

    @Test
    void shouldRefuseAnUnknownFlag() {
        assertThat(Flags.refusals(Flags.HOME, "--nproc", "4"))
                .anySatisfy(line -> assertThat(line).contains("--nproc"));
    }

    @Test
    void shouldSayWhatIsMissingWhenTheProjectIsNotToBeFound() {
        assertThat(Flags.refusals(Map.of()))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).contains("--coordinator-classpath").contains("COXSWAIN_HOME"));
    }

    @Test
    void shouldNameEveryFlagInTheHelpText() {
        LaunchCommand.Request request = LaunchCommand.parse(Flags.HOME, Flags.MACHINE, "--help");

        LaunchCommand.Request.Say help = (LaunchCommand.Request.Say) request;
        assertThat(help.exitCode()).isZero();
        assertThat(help.text()).contains("--nproc-per-node", "--report", "Exit codes", "\nHosts:\n", "\nJob:\n");
        for (WorkerOption option : WorkerOption.values()) {
            assertThat(help.text()).contains(option.flag() + "=");
        }
    }
}
