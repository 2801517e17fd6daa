package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContradictionsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--standalone --nnodes 3 --rdzv-endpoint a | --standalone contradicts --nnodes 3",
                "--standalone --nnodes 3 --rdzv-endpoint a | --standalone contradicts --rdzv-endpoint",
                "--standalone --node-rank 1 --nnodes 2 --rdzv-endpoint a | --standalone contradicts --node-rank 1",
                "--hosts a,b --hostfile /dev/null | --hosts contradicts --hostfile",
                "--hosts a,b --nnodes 1 | --nnodes contradicts --hosts, which says it for each host",
                "--hosts a,b --nproc-per-node 2 | --nproc-per-node contradicts --hosts",
                "--hosts a,b --lifeline | --lifeline contradicts --hosts",
                "--ssh-command rsh | --ssh-command is of use only with --hosts or --hostfile",
                "--remote-home /opt | --remote-home is of use only with --hosts or --hostfile",
                "--tee 3 | --tee 3 needs --log-dir",
                "--redirects 1 | --redirects 1 needs --log-dir",
                "--max-restarts 3 | --max-restarts 3 contradicts --on-loss fail",
                "--worker-classpath a.jar | --worker-classpath needs --worker-main",
                "-- more | arguments after the flags need --worker-main",
                "--worker-main A --verify | --verify contradicts --worker-main",
                "--worker-main A --hidden-width 64 | --hidden-width contradicts --worker-main",
            })
    void shouldRefuseFlagsThatContradictEachOther(String flags, String message) {
        assertThat(Flags.refusals(Flags.HOME, flags.split(" ")))
                .anySatisfy(line -> assertThat(line).startsWith("launch.sh: " + message));
    }

    @ParameterizedTest
    @CsvSource({
        "--standalone --nnodes 1 --node-rank 0",
        "--standalone",
        "--max-restarts 0",
        "--max-restarts 3 --on-loss wait",
        "--tee 0 --redirects 0",
        "--nnodes 1 --rdzv-endpoint a:1",
    })
    void shouldTakeFlagsThatSayTheSameTwice(String flags) {
        assertThat(Flags.launch(flags.split(" "))).isNotNull();
    }

    @Test
    void shouldSayAllThatIsWrongAtOnce() {
        List<String> refusals = Flags.refusals(
                Flags.HOME,
                "--standalone --nnodes 2 --tee 3 --worker-classpath a.jar --job a/b --speed 0 --hidden-width 0"
                        .split(" "));

        assertThat(refusals)
                .hasSize(6)
                .anySatisfy(line -> assertThat(line).contains("--standalone contradicts --nnodes 2"))
                .anySatisfy(line -> assertThat(line).contains("--tee 3 needs --log-dir"))
                .anySatisfy(line -> assertThat(line).contains("--worker-classpath needs --worker-main"))
                .anySatisfy(line -> assertThat(line).contains("--rdzv-id (--job): 'a/b' is refused"))
                .anySatisfy(line -> assertThat(line).contains("--speed: '0.0' is refused"))
                .anySatisfy(line -> assertThat(line).contains("--hidden-width: '0' is refused"));
    }
}
