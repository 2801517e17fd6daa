package io.coxswain.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.coxswain.coordinator.CoordinatorConfig.Listen;
import io.coxswain.coordinator.CoordinatorConfig.Resilience;
import io.coxswain.coordinator.CoordinatorConfig.Waits;
import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.OnLoss;
import io.coxswain.coordinator.observe.HostPort;
import io.coxswain.coordinator.observe.JobRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** A coordinator's settings: what it does where it is told nothing, how each flag arrives, and what is refused. */
class CoordinatorConfigTest {

    @Test
    void shouldDefaultToALoopbackCoordinator() throws IOException {
        CoordinatorOptions options = parse("--world-size", "4");

        assertThat(options.toConfig())
                .isEqualTo(new CoordinatorConfig(
                        "coxswain",
                        4,
                        new Listen("127.0.0.1", 0, "127.0.0.1"),
                        new Waits(
                                Duration.ofMinutes(5),
                                Duration.ofMinutes(1),
                                Duration.ofMinutes(1),
                                Duration.ofSeconds(10),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(5),
                                Duration.ofMillis(200),
                                Duration.ofMinutes(2),
                                Duration.ofSeconds(10)),
                        new Resilience(OnLoss.FAIL, 4, 0, Duration.ofMinutes(10), 3),
                        Replication.ALONE,
                        JobRegistry.defaultDirectory(System.getenv()),
                        Duration.ofSeconds(10)));
        assertThat(options.lifeline()).isFalse();
    }

    @Test
    void shouldMapEveryFlag() throws IOException {
        List<String> flags = List.of(
                "--job=night-run.2_b",
                "--world-size=8",
                "--bind=0.0.0.0",
                "--port=7000",
                "--advertise-address=node-1",
                "--join-timeout=11s",
                "--prepare-timeout=12s",
                "--first-step-timeout=13s",
                "--step-timeout=14s",
                "--heartbeat-interval=150ms",
                "--heartbeat-timeout=2m",
                "--stream-grace=0ms",
                "--wait-timeout=15s",
                "--reattach-timeout=16s",
                "--on-loss=shrink",
                "--min-ranks=5",
                "--max-restarts=6",
                "--restart-window=7m",
                "--max-fruitless-restarts=8",
                "--replicas-dns=coordinators",
                "--replica-port=5701",
                "--replica-count=5",
                "--job-dir=jobs",
                "--linger=1h",
                "--lifeline");
        CoordinatorOptions options = parse(flags.toArray(String[]::new));

        assertThat(options.toConfig())
                .isEqualTo(new CoordinatorConfig(
                        "night-run.2_b",
                        8,
                        new Listen("0.0.0.0", 7_000, "node-1"),
                        new Waits(
                                Duration.ofSeconds(11),
                                Duration.ofSeconds(12),
                                Duration.ofSeconds(13),
                                Duration.ofSeconds(14),
                                Duration.ofMillis(150),
                                Duration.ofMinutes(2),
                                Duration.ZERO,
                                Duration.ofSeconds(15),
                                Duration.ofSeconds(16)),
                        new Resilience(OnLoss.SHRINK, 5, 6, Duration.ofMinutes(7), 8),
                        new Replication(List.of(), null, new Replication.Service("coordinators", 5701, 5)),
                        Path.of("jobs"),
                        Duration.ofHours(1)));
        assertThat(options.lifeline()).isTrue();
        Stream<String> insteadOfAName = Stream.of("--replicas", "--replica-address");
        assertThat(Stream.concat(flags.stream().map(flag -> flag.split("=", 2)[0]), insteadOfAName))
                .as("a flag that is not mapped here is not tested")
                .containsExactlyInAnyOrderElementsOf(allFlags());
    }

    /** All replicas may be lost at once: the ranks stay in their epoch until there can be a leader again. */
    @Test
    void shouldWaitForMembersForLongerWhereThereAreSeveralReplicas() throws IOException {
        assertThat(parse("--world-size=1").toConfig().waits().reattach()).isEqualTo(Duration.ofSeconds(10));
        assertThat(parse("--world-size=1", "--replicas=a:1,b:1,c:1", "--replica-address=a:1")
                        .toConfig()
                        .waits()
                        .reattach())
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(parse("--world-size=1", "--replicas-dns=all", "--replica-port=1", "--reattach-timeout=5s")
                        .toConfig()
                        .waits()
                        .reattach())
                .isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void shouldAdvertiseWhatItBindsWhereNothingElseIsSaid() throws IOException {
        assertThat(parse("--world-size=1", "--bind=10.0.0.7").toConfig().listen())
                .isEqualTo(new Listen("10.0.0.7", 0, "10.0.0.7"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --job=                  | --job is ; allowed is 1 to 128 letters, digits, dots, dashes and underscores
            --job=a/b               | --job is a/b; allowed is 1 to 128 letters, digits, dots, dashes and underscores
            --world-size=0          | --world-size is 0; allowed is 1 to 65536
            --world-size=65537      | --world-size is 65537; allowed is 1 to 65536
            --bind=                 | --bind is ; allowed is a host name or an address
            --advertise-address=    | --advertise-address is ; allowed is a host name or an address
            --port=-1               | --port is -1; allowed is 0 to 65535
            --port=65536            | --port is 65536; allowed is 0 to 65535
            --join-timeout=0s       | --join-timeout is 0s; allowed is more than 0
            --prepare-timeout=0s    | --prepare-timeout is 0s; allowed is more than 0
            --first-step-timeout=0s | --first-step-timeout is 0s; allowed is more than 0
            --step-timeout=0ms      | --step-timeout is 0s; allowed is more than 0
            --heartbeat-interval=0s | --heartbeat-interval is 0s; allowed is more than 0
            --heartbeat-timeout=0s  | --heartbeat-timeout is 0s; allowed is more than 0
            --wait-timeout=0s       | --wait-timeout is 0s; allowed is more than 0
            --reattach-timeout=0s   | --reattach-timeout is 0s; allowed is more than 0
            --stream-grace=5s       | --stream-grace is 5s; allowed is less than heartbeat-timeout, which is 5s
            --step-timeout=1s       | --heartbeat-interval is 500ms; allowed is at most a third of step-timeout, which is 1s
            --min-ranks=0           | --min-ranks is 0; allowed is 1 to 65536
            --min-ranks=3           | --min-ranks is 3; allowed is 1 to world-size, which is 2
            --max-restarts=-1       | --max-restarts is -1; allowed is 0 to 1000000
            --restart-window=0s     | --restart-window is 0s; allowed is more than 0
            --max-fruitless-restarts=0 | --max-fruitless-restarts is 0; allowed is 1 to 1000
            --heartbeat-timeout=1s  | --heartbeat-timeout is 1s; allowed is at least 3 times heartbeat-interval, which is 500ms
            """)
    void shouldRefuseAValueByFlagValueAndWhatIsAllowed(String flag, String reason) {
        CoordinatorOptions options = flag.startsWith("--world-size") ? parse(flag) : parse("--world-size=2", flag);

        assertThatIllegalArgumentException().isThrownBy(options::toConfig).withMessage(reason);
    }

    @Test
    void shouldRefuseATooLongName() {
        CoordinatorOptions options = parse("--world-size=2", "--job=" + "j".repeat(129));

        assertThatIllegalArgumentException()
                .isThrownBy(options::toConfig)
                .withMessageEndingWith("; allowed is 1 to 128 letters, digits, dots, dashes and underscores");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --world-size=many    | Invalid value for option '--world-size': 'many' is not an int
            --port=http          | Invalid value for option '--port': 'http' is not an int
            --linger=10          | Invalid value for option '--linger': '10' is no duration: a whole number with its unit (ms, s, m or h), as in 500ms or 10s
            --step-timeout=-1s   | Invalid value for option '--step-timeout': '-1s' is no duration: a whole number with its unit (ms, s, m or h), as in 500ms or 10s
            --step-timeout=soon  | Invalid value for option '--step-timeout': 'soon' is no duration: a whole number with its unit (ms, s, m or h), as in 500ms or 10s
            """)
    void shouldRefuseWhatCannotBeRead(String flag, String reason) {
        assertThat(refusal("--world-size=2", flag.startsWith("--world-size") ? "--port=0" : "--job=j", flag))
                .contains(reason.substring(reason.indexOf("'--")));
    }

    @Test
    void shouldAskForTheWorldSize() {
        assertThat(refusal("--job=j")).isEqualTo("Missing required option: '--world-size=N'");
    }

    @Test
    void shouldRefuseNegativeTimesFromCode() {
        Waits defaults = Waits.DEFAULTS;
        Duration negative = Duration.ofMillis(-1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Waits(
                        defaults.join(),
                        defaults.prepare(),
                        defaults.firstStep(),
                        defaults.step(),
                        defaults.heartbeatInterval(),
                        defaults.heartbeatTimeout(),
                        negative,
                        defaults.replacement(),
                        defaults.reattach()))
                .withMessage("--stream-grace is -1ms; allowed is 0 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CoordinatorConfig(
                        "job",
                        2,
                        new Listen("host", 0, "host"),
                        defaults,
                        Resilience.defaults(OnLoss.FAIL, 2),
                        Replication.ALONE,
                        Path.of("jobs"),
                        negative))
                .withMessage("--linger is -1ms; allowed is 0 or more");
    }

    @Test
    void shouldHandTheCoreItsPartInNanoseconds() {
        var config = new CoordinatorConfig(
                "job",
                2,
                new Listen("host", 0, "host"),
                Waits.DEFAULTS,
                Resilience.defaults(OnLoss.WAIT, 2),
                Replication.ALONE,
                Path.of("jobs"),
                Duration.ZERO);

        assertThat(config.toGroupConfig())
                .isEqualTo(new GroupConfig(
                        "job",
                        2,
                        new GroupConfig.Timeouts(
                                300_000_000_000L,
                                60_000_000_000L,
                                60_000_000_000L,
                                10_000_000_000L,
                                500_000_000L,
                                5_000_000_000L,
                                200_000_000L,
                                120_000_000_000L,
                                10_000_000_000L),
                        new GroupConfig.Resilience(
                                OnLoss.WAIT,
                                2,
                                GroupConfig.Coordinators.SINGLE,
                                new GroupConfig.RestartLimits(10, 600_000_000_000L, 3))));
    }

    @Test
    void shouldNeedAQuorumWhereOthersMayTakeOver() throws IOException {
        CoordinatorOptions options =
                parse("--world-size=2", "--replicas=a:1,b:2", "--replica-address=b:2", "--job-dir=jobs");

        CoordinatorConfig config = options.toConfig();

        assertThat(config.replication())
                .isEqualTo(new Replication(
                        List.of(HostPort.parse("a:1"), HostPort.parse("b:2")), HostPort.parse("b:2"), null));
        assertThat(config.toGroupConfig().resilience().coordinators()).isEqualTo(GroupConfig.Coordinators.REPLICATED);
    }

    @Test
    void shouldRefuseReplicasThatMakeNoSenseTogether() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("--world-size=2", "--replicas=a:1,b:2", "--replica-address=c:3")
                        .toConfig())
                .withMessage("--replica-address is c:3; allowed is one of --replicas, which are [a:1, b:2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("--world-size=2", "--replicas=a:1,a:1").toConfig())
                .withMessage("--replicas is [a:1, a:1]; allowed is at most 15 different addresses");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("--world-size=2", "--replicas-dns=name").toConfig())
                .withMessage("--replica-port is 0; allowed is 1 to 65535 with --replicas-dns");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("--world-size=2", "--replicas=a:1", "--replicas-dns=n", "--replica-port=1")
                        .toConfig())
                .withMessage("--replicas-dns is n; allowed is one of --replicas and --replicas-dns");
    }

    private static CoordinatorOptions parse(String... flags) {
        CoordinatorOptions options = new CoordinatorOptions();
        new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(flags);
        return options;
    }

    private static String refusal(String... flags) {
        try {
            parse(flags);
        } catch (CommandLine.ParameterException refused) {
            return String.valueOf(refused.getMessage());
        }
        throw new AssertionError("taken: " + String.join(" ", flags));
    }

    private static List<String> allFlags() {
        List<String> names = new ArrayList<>();
        CommandLine.Model.CommandSpec.forAnnotatedObject(new CoordinatorOptions())
                .options()
                .forEach(option -> names.add(option.longestName()));
        return names;
    }
}
