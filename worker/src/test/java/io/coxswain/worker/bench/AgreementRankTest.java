package io.coxswain.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class AgreementRankTest {
    private static final int USAGE = 2;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--place 2|--place is 2; allowed is 0 to 1",
                "--place -1|--place is -1; allowed is 0 to 1",
                "--place 0 --world-size 65537|--world-size is 65537; allowed is 1 to 65536",
                "--place 0 --steps 0|--steps is 0; allowed is 1 to 9223372036854775807",
                "--place 0 --cold-steps -1|--cold-steps is -1; allowed is 0 to 9223372036854775807",
                "--place 0 --warm-after -1|--warm-after is -1; allowed is 0 to 9223372036854775807",
                "--place 0 --coordinator here|--coordinator is here; allowed is HOST:PORT with a port of 1 to 65535, or several with commas between them",
                "--place 0 --coordinator here:port|--coordinator is here:port; allowed is HOST:PORT with a port of 1 to 65535, or several with commas between them",
                "--place 0 --coordinator here:65536|--coordinator is here:65536; allowed is HOST:PORT with a port of 1 to 65535, or several with commas between them",
                "--place 0 --coordinator here:0|--coordinator is here:0; allowed is HOST:PORT with a port of 1 to 65535, or several with commas between them"
            })
    void shouldNameTheFlagItsValueAndWhatIsAllowed(String flags, String error) {
        StringWriter errors = new StringWriter();
        String defaults = flags.contains("--coordinator") ? "" : " --coordinator here:1";
        String size = flags.contains("--world-size") ? "" : " --world-size 2";
        int code = new CommandLine(new AgreementRank())
                .setErr(new PrintWriter(errors))
                .execute((flags + defaults + size + " --job bench").split(" "));
        assertThat(code).isEqualTo(USAGE);
        assertThat(errors.toString()).startsWith(error);
    }

    @Test
    void shouldRefuseToStartWithoutACoordinator() {
        StringWriter errors = new StringWriter();
        int code = new CommandLine(new AgreementRank())
                .setErr(new PrintWriter(errors))
                .execute("--job", "bench", "--world-size", "2", "--place", "0");
        assertThat(code).isEqualTo(USAGE);
        assertThat(errors.toString()).contains("--coordinator");
    }
}
