package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(60)
class PlayMainTest {

    @TempDir
    private Path directory;

    private int freePort;

    @BeforeEach
    void findAPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            freePort = socket.getLocalPort();
        }
    }

    private static int run(String... arguments) {
        return new CommandLine(new PlayMain())
                .setErr(new PrintWriter(new StringWriter()))
                .execute(arguments);
    }

    @ParameterizedTest
    @CsvSource({
        "--coordinator, nowhere",
        "--listen, 4200",
        "--listen, nowhere.invalid:4200",
        "--world-size, 0",
        "--world-size, 65537",
        "--max-requests, 0",
        "--speed, 0",
        "--trace, no/such/file",
        "--join-timeout, 0s",
        "--join-timeout, soon",
        "--coordinator-timeout, 0s"
    })
    void shouldRefuseWhatItCannotBe(String flag, String value) {
        Map<String, String> flags = new HashMap<>(Map.of(
                "--coordinator", "127.0.0.1:1", "--world-size", "2", "--max-requests", "1", "--join-timeout", "1ms"));
        flags.put("--listen", "127.0.0.1:" + freePort);
        flags.put(flag, value);

        assertThat(run(flags.entrySet().stream()
                        .map(given -> given.getKey() + "=" + given.getValue())
                        .toArray(String[]::new)))
                .isEqualTo(PlayMain.USAGE);
    }

    @Test
    void shouldSayThatItsAddressIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run(
                            "--coordinator=127.0.0.1:1",
                            "--world-size=2",
                            "--max-requests=1",
                            "--listen=127.0.0.1:" + taken.getLocalPort()))
                    .isEqualTo(PlayMain.FAILED);
        }
    }

    @Test
    void shouldGiveUpWhereNoCoordinatorIsHeard() {
        assertThat(run(
                        "--coordinator=127.0.0.1:1",
                        "--world-size=2",
                        "--max-requests=1",
                        "--listen=127.0.0.1:" + freePort,
                        "--report=" + directory.resolve("report.json"),
                        "--join-timeout=300ms"))
                .isEqualTo(PlayMain.COORDINATOR_LOST);
        assertThat(directory.resolve("report.json")).doesNotExist();
    }
}
