package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.v1.JobSettings;
import io.coxswain.v1.VoteDefinition;
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
import io.coxswain.worker.net.ReplicaAddresses;
import io.coxswain.worker.runner.BatchLimits;
import io.coxswain.worker.runner.StepLog;
import io.coxswain.worker.runner.ffn.FfnConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class WorkerConfigTest {

    private static final String REQUIRED = "--coordinator c1:4100 --feed f1:4200 --world-size 4 --place 2";

    private static WorkerConfig parse(String arguments) {
        WorkerOptions options = new WorkerOptions();
        new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments.split(" +"));
        return options.toConfig();
    }

    @Test
    void shouldHaveItsDefaults() {
        List<Integer> sizes = Stream.of(
                        IntStream.of(1, 2, 4),
                        IntStream.rangeClosed(1, 31).map(i -> 8 * i),
                        IntStream.rangeClosed(16, 32).map(i -> 16 * i))
                .flatMap(IntStream::boxed)
                .toList();

        assertThat(parse(REQUIRED))
                .isEqualTo(new WorkerConfig(
                        new Seat("coxswain", 4, 2, new Start(OptionalInt.empty(), Predecessor.UNKNOWN), Map.of()),
                        new Network(
                                ReplicaAddresses.of("c1", 4100),
                                new HostPort("f1", 4200),
                                new Listen("127.0.0.1", null, PortRange.ANY, null),
                                Duration.ofMinutes(5),
                                Duration.ofMinutes(2)),
                        new BatchLimits(2048, 256),
                        new Rules(sizes, GraphSetting.FULL_AND_PIECEWISE, 1, 1, 32, 512),
                        new ModelChoice(new FfnConfig(256, 1024, 0), null),
                        new Run(
                                new HardwareConfig(
                                        DeviceKind.AUTO, new HardwareConfig.Cuda(0, 1, null, StandIn.REFUSED), 1),
                                Verification.NONE,
                                2_000,
                                new Patience(Duration.ofSeconds(10), Duration.ofSeconds(4)),
                                null)));
    }

    @Test
    void shouldMapEveryFlag() {
        WorkerConfig config = parse(
                REQUIRED
                        + " --job night-run --attempt 3 --device cuda --device-ordinal 3 --local-world-size 8 --cuda-libraries cuda"
                        + " --allow-stand-in --bind 0.0.0.0 --advertise-address node1"
                        + " --join-timeout 2m --collective-timeout 500ms --hidden-width 64 --inner-width 128 --seed -7"
                        + " --max-batch-tokens 512 --max-batch-requests 32 --capture-sizes 1,2,16 --graph-mode PIECEWISE"
                        + " --decode-query-length 2 --microbatches 3 --decode-threshold 8 --prefill-threshold 16 --verify"
                        + " --blas-threads 4 --rehearsal-steps 0 --predecessor-ended --step-log logs"
                        + " --collective-ports 4300-4310 --health-port 4400 --readiness-limit 3s --drain-timeout 20s --label pod=w-2 --label uid=7 --model-class example.OwnModel");

        assertThat(config)
                .isEqualTo(new WorkerConfig(
                        new Seat(
                                "night-run",
                                4,
                                2,
                                new Start(OptionalInt.of(3), Predecessor.ENDED),
                                Map.of("pod", "w-2", "uid", "7")),
                        new Network(
                                ReplicaAddresses.of("c1", 4100),
                                new HostPort("f1", 4200),
                                new Listen("0.0.0.0", "node1", new PortRange(4300, 4310), 4400),
                                Duration.ofMinutes(2),
                                Duration.ofMillis(500)),
                        new BatchLimits(512, 32),
                        new Rules(List.of(1, 2, 16), GraphSetting.PIECEWISE, 2, 3, 8, 16),
                        new ModelChoice(new FfnConfig(64, 128, -7), "example.OwnModel"),
                        new Run(
                                new HardwareConfig(
                                        DeviceKind.CUDA,
                                        new HardwareConfig.Cuda(3, 8, Path.of("cuda"), StandIn.ALLOWED),
                                        4),
                                Verification.EVERY_ROW,
                                0,
                                new Patience(Duration.ofSeconds(3), Duration.ofSeconds(20)),
                                Path.of("logs"))));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.5, , 10.0.0.5", "0.0.0.0, node1, node1", "0.0.0.0, , 127.0.0.1"})
    void shouldAdvertiseWhatItBindsOrWhatTheRouteToTheCoordinatorHas(String bind, String advertise, String expected)
            throws Exception {
        String arguments = "--coordinator 127.0.0.1:4100 --feed f1:4200 --world-size 4 --place 2 --bind " + bind
                + (advertise == null ? "" : " --advertise-address " + advertise);

        assertThat(AdvertisedHost.of(parse(arguments).network())).isEqualTo(expected);
    }

    @Test
    void shouldSayThatThereIsNoRouteToTakeItsAddressFrom() {
        String arguments = "--coordinator nowhere.invalid:4100 --feed f1:4200 --world-size 4 --place 2 --bind 0.0.0.0"
                + " --join-timeout 1ms";

        assertThatThrownBy(() -> AdvertisedHost.of(parse(arguments).network()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--advertise-address is not given")
                .hasMessageContaining("nowhere.invalid:4100");
    }

    @Test
    void shouldRefuseMoreLabelsThanTheContractAllows() {
        String labels = IntStream.range(0, 17).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(","));

        assertThatThrownBy(() -> parse(REQUIRED + " --label " + labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--label count is 17; allowed is 0 to 16");
    }

    @Test
    void shouldRefuseALabelThatIsTooLong() {
        String key = "k".repeat(64);

        assertThatThrownBy(() -> parse(REQUIRED + " --label " + key + "=v"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "--label is " + key + "=v; allowed is a key of 1 to 63 characters and a value of at most 253");
    }

    @Test
    void shouldTellWhetherItHasALifeline() {
        assertThat(CommandLine.populateCommand(new WorkerOptions(), REQUIRED.split(" "))
                        .lifeline())
                .isFalse();
        assertThat(CommandLine.populateCommand(new WorkerOptions(), (REQUIRED + " --lifeline").split(" "))
                        .lifeline())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --job | night/run | 1 to 128 letters, digits, dots, dashes and underscores
            --world-size | 0 | 1 to 65536
            --world-size | 65537 | 1 to 65536
            --place | -1 | 0 to 3
            --place | 4 | 0 to 3
            --attempt | -1 | 0 to 2147483647
            --coordinator | nowhere | HOST:PORT with a port of 1 to 65535, or several with commas between them
            --feed | f1:0 | HOST:PORT with a port of 1 to 65535
            --join-timeout | PT0S | more than 0
            --collective-timeout | PT0S | more than 0
            --device-ordinal | -1 | 0 to 1023
            --local-world-size | 0 | 1 to 65536
            --hidden-width | 0 | 1 to 65536
            --hidden-width | 65537 | 1 to 65536
            --inner-width | 0 | 1 to 262144
            --inner-width | 262145 | 1 to 262144
            --max-batch-tokens | 0 | 1 to 1048576
            --max-batch-tokens | 1048577 | 1 to 1048576
            --max-batch-requests | 0 | 1 to 65536
            --max-batch-requests | 65537 | 1 to 65536
            --decode-query-length | 0 | 1 to 1024
            --decode-query-length | 1025 | 1 to 1024
            --microbatches | 0 | 1 to 64
            --microbatches | 65 | 1 to 64
            --decode-threshold | 0 | 1 to 2147483647
            --prefill-threshold | 0 | 1 to 2147483647
            --blas-threads | 0 | 1 to 1024
            --blas-threads | 1025 | 1 to 1024
            --rehearsal-steps | -1 | 0 to 1000000
            --rehearsal-steps | 1000001 | 0 to 1000000
            --readiness-limit | PT0S | more than 0
            --drain-timeout | PT0S | more than 0
            --health-port | 0 | 1 to 65535
            --health-port | 65536 | 1 to 65535
            --collective-ports | 4300 | MIN-MAX with 1 <= MIN <= MAX <= 65535
            --collective-ports | 4301-4300 | MIN-MAX with 1 <= MIN <= MAX <= 65535
            --collective-ports | 0-9 | MIN-MAX with 1 <= MIN <= MAX <= 65535
            """)
    void shouldRefuseAValueOutOfRange(String flag, String value, String allowed) {
        String given = value.equals("PT0S") ? "0s" : value;

        assertThatThrownBy(() -> parse(without(flag) + " " + flag + " " + given))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(flag + " is " + value + "; allowed is " + allowed);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0,1   | [0, 1]
            2,1   | [2, 1]
            4,4   | [4, 4]
            """)
    void shouldRefuseCaptureSizesThatDoNotAscend(String given, String shown) {
        assertThatThrownBy(() -> parse(REQUIRED + " --capture-sizes " + given))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--capture-sizes is " + shown + "; allowed is ascending numbers from 1");
    }

    @Test
    void shouldRefuseMoreCaptureSizesThanTheContractAllows() {
        String sizes = IntStream.rangeClosed(1, 1025).mapToObj(String::valueOf).collect(Collectors.joining(","));

        assertThatThrownBy(() -> parse(REQUIRED + " --capture-sizes " + sizes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--capture-sizes count is 1025; allowed is 0 to 1024");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bind", "--advertise-address"})
    void shouldRefuseABlankHost(String flag) {
        var options = new WorkerOptions();
        new CommandLine(options).parseArgs((REQUIRED + " " + flag + "=").split(" "));

        assertThatThrownBy(options::toConfig)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(flag + " is ; allowed is a host name or an address");
    }

    @Test
    void shouldRefuseADirectoryForItsStepLogThatCannotBeWritten(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatThrownBy(() -> parse(REQUIRED + " --step-log " + file).requireStepLogDirectory())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--step-log is " + file + "; allowed is a directory that can be written");
        assertThat(parse(REQUIRED).openStepLog(0)).isSameAs(StepLog.NONE);
    }

    @Test
    void shouldRefuseMoreWeightsThanABufferHolds() {
        assertThatThrownBy(() -> parse(REQUIRED + " --hidden-width 65536 --inner-width 262144"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536")
                .hasMessageContaining("262144");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --device | tpu | CPU
            --device-ordinal | first | --device-ordinal
            --graph-mode | FAST | FULL_AND_PIECEWISE
            --join-timeout | 10 | ms, s, m or h
            --collective-timeout | -1s | ms, s, m or h
            --seed | x | --seed
            --microbatches | two | --microbatches
            """)
    void shouldRefuseWhatItCannotRead(String flag, String value, String said) {
        assertThatThrownBy(() -> parse(REQUIRED + " " + flag + "=" + value))
                .isInstanceOf(CommandLine.ParameterException.class)
                .hasMessageContaining(flag)
                .hasMessageContaining(value)
                .hasMessageContaining(said);
    }

    @Test
    void shouldPutIntoTheHelloWhatAllRanksHaveToShare() {
        WorkerConfig config = parse(REQUIRED
                + " --hidden-width 64 --inner-width 128 --seed 9 --max-batch-tokens 512 --max-batch-requests 32"
                + " --capture-sizes 1,2 --graph-mode FULL_DECODE_ONLY --decode-query-length 2 --microbatches 3"
                + " --decode-threshold 8 --prefill-threshold 16");

        assertThat(config.toJobSettings("tcp"))
                .isEqualTo(JobSettings.newBuilder()
                        .setWorldSize(4)
                        .addCaptureSizes(1)
                        .addCaptureSizes(2)
                        .setGraphMode(JobSettings.GraphSetting.GRAPH_SETTING_FULL_DECODE_ONLY)
                        .setMaxRequests(32)
                        .setDecodeQueryLength(2)
                        .setMicrobatches(3)
                        .setDecodeThreshold(8)
                        .setPrefillThreshold(16)
                        .setMaxTokensPerStep(512)
                        .addVotes(VoteDefinition.newBuilder()
                                .setName("finished")
                                .setReducer(VoteDefinition.Reducer.REDUCER_ALL))
                        .putModel("collectives", "tcp")
                        .putModel("model", "feed-forward")
                        .putModel("hidden_width", "64")
                        .putModel("inner_width", "128")
                        .putModel("seed", "9")
                        .build());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            example.Nowhere  | there is no such class on the class path
            java.lang.String | it is none
            """)
    void shouldRefuseAModelClassThatMakesNoModel(String name, String why) {
        assertThatThrownBy(
                        () -> parse(REQUIRED + " --model-class " + name).model().factory())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--model-class is " + name + "; allowed is a public class")
                .hasMessageContaining(why);
    }

    @Test
    void shouldMakeAModelOfTheUsersOwn() {
        WorkerConfig config = parse(REQUIRED + " --model-class example.OwnModel");

        assertThat(config.model().factory()).containsInstanceOf(example.OwnModel.class);
        assertThat(config.toJobSettings("tcp").getModelMap())
                .containsOnly(Map.entry("collectives", "tcp"), Map.entry("model", "example.OwnModel"));
    }

    /** The required flags but for one. */
    private static String without(String flag) {
        return Stream.of(REQUIRED.split(" (?=--)"))
                .filter(pair -> !pair.startsWith(flag + " "))
                .collect(Collectors.joining(" "));
    }
}
