package io.coxswain.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class EnvironmentFlagsTest {

    @Command(name = "program", mixinStandardHelpOptions = true)
    static final class Program implements Runnable {
        @Option(names = "--place", required = true)
        private int place;

        @Option(names = "--world-size")
        private int worldSize;

        @Option(names = "--device-ordinal")
        private int ordinal;

        @Option(names = "--local-world-size")
        private int localWorldSize = 1;

        @Option(names = "--join-timeout")
        private int joinTimeout = 300;

        @Option(names = "--verify", fallbackValue = "true")
        private boolean verify;

        @Option(names = "--label", split = ",")
        private Map<String, String> labels = new TreeMap<>();

        @Override
        public void run() {}
    }

    private final Map<String, String> environment = new HashMap<>();
    private final Program program = new Program();
    private final StringWriter said = new StringWriter();

    private int run(String... arguments) {
        return EnvironmentFlags.of(environment)
                .with("--label", "COXSWAIN_LABELS")
                .applyTo(new CommandLine(program))
                .setErr(new PrintWriter(said, true))
                .execute(arguments);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COXSWAIN_PLACE",
                "RANK",
                "OMPI_COMM_WORLD_RANK",
                "PMIX_RANK",
                "PMI_RANK",
                "SLURM_PROCID",
                "COXSWAIN_POD_INDEX",
                "JOB_COMPLETION_INDEX"
            })
    void shouldTakeThePlaceFromWhateverStartedTheProcess(String variable) {
        environment.put(variable, "3");

        assertThat(run()).isZero();
        assertThat(program.place).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "WORLD_SIZE",
        "OMPI_COMM_WORLD_SIZE",
        "PMI_SIZE",
        "SLURM_STEP_NUM_TASKS",
        "SLURM_NTASKS",
        "COXSWAIN_WORLD_SIZE"
    })
    void shouldTakeTheWorldSizeFromThereToo(String variable) {
        environment.put(variable, "8");

        assertThat(run("--place", "0")).isZero();
        assertThat(program.worldSize).isEqualTo(8);
    }

    @Test
    void shouldTakeWhatIsItsOwnHostsFromThereToo() {
        environment.putAll(Map.of("SLURM_LOCALID", "1", "OMPI_COMM_WORLD_LOCAL_SIZE", "2"));

        assertThat(run("--place", "0")).isZero();
        assertThat(program.ordinal).isEqualTo(1);
        assertThat(program.localWorldSize).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "COXSWAIN_PLACE, RANK",
        "RANK, OMPI_COMM_WORLD_RANK",
        "OMPI_COMM_WORLD_RANK, PMIX_RANK",
        "PMIX_RANK, PMI_RANK",
        "PMI_RANK, SLURM_PROCID",
        "SLURM_PROCID, COXSWAIN_POD_INDEX",
        "COXSWAIN_POD_INDEX, JOB_COMPLETION_INDEX"
    })
    void shouldTakeTheFirstInItsOrder(String first, String second) {
        environment.putAll(Map.of(first, "1", second, "2"));

        assertThat(run()).isZero();
        assertThat(program.place).isEqualTo(1);
    }

    @Test
    void shouldPassOverAVariableThatIsSetToNothing() {
        environment.putAll(Map.of("RANK", "", "SLURM_PROCID", "4"));

        assertThat(run()).isZero();
        assertThat(program.place).isEqualTo(4);
    }

    @Test
    void shouldPreferTheCommandLineToAnyVariable() {
        environment.putAll(Map.of("RANK", "no number", "COXSWAIN_JOIN_TIMEOUT", "10", "COXSWAIN_VERIFY", "true"));

        assertThat(run("--place", "2", "--join-timeout=20", "--verify")).isZero();
        assertThat(program.place).isEqualTo(2);
        assertThat(program.joinTimeout).isEqualTo(20);
        assertThat(program.verify).isTrue();
    }

    @Test
    void shouldReadEveryOtherFlagFromItsOwnVariable() {
        environment.putAll(Map.of(
                "RANK",
                "0",
                "COXSWAIN_JOIN_TIMEOUT",
                "10",
                "COXSWAIN_VERIFY",
                "true",
                "COXSWAIN_LABELS",
                "pod=w-0,uid=1"));

        assertThat(run()).isZero();
        assertThat(program.joinTimeout).isEqualTo(10);
        assertThat(program.verify).isTrue();
        assertThat(program.labels).containsExactly(Map.entry("pod", "w-0"), Map.entry("uid", "1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "1.5", "12345678901", " 3"})
    void shouldRefuseAPlaceThatIsNoNumberNamingTheVariable(String value) {
        environment.put("SLURM_PROCID", value);

        assertThat(run()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(said.toString())
                .startsWith(
                        "SLURM_PROCID is " + value + ", where --place comes from; allowed is a whole number from 0");
    }

    @Test
    void shouldNameTheVariableOfAnyOtherValueThatCannotBeRead() {
        environment.putAll(Map.of("RANK", "0", "COXSWAIN_JOIN_TIMEOUT", "soon"));

        assertThat(run()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(said.toString()).contains("soon", "(from COXSWAIN_JOIN_TIMEOUT)");
    }

    @Test
    void shouldNotBlameAVariableForWhatTheCommandLineSays() {
        environment.putAll(Map.of("RANK", "0", "COXSWAIN_JOIN_TIMEOUT", "10"));

        assertThat(run("--join-timeout", "soon")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(said.toString()).contains("soon").doesNotContain("COXSWAIN_JOIN_TIMEOUT");
    }

    @Test
    void shouldReadNoOtherFlagsThanItIsToldTo() {
        environment.putAll(Map.of("RANK", "2", "COXSWAIN_JOIN_TIMEOUT", "10"));
        EnvironmentFlags.of(environment)
                .only("--place")
                .applyTo(new CommandLine(program))
                .execute();

        assertThat(program.place).isEqualTo(2);
        assertThat(program.joinTimeout).isEqualTo(300);
    }

    @Test
    void shouldNotAskForHelpByAVariable() {
        environment.putAll(Map.of("RANK", "0", "COXSWAIN_HELP", "true", "COXSWAIN_VERSION", "2"));

        assertThat(run()).isZero();
        assertThat(said.toString()).isEmpty();
    }
}
