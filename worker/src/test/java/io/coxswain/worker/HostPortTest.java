package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.WorkerConfig.HostPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {

    @ParameterizedTest
    @CsvSource({"node1:1,node1,1", "127.0.0.1:65535,127.0.0.1,65535", "[::1]:4100,::1,4100"})
    void shouldReadAHostAndAPort(String text, String host, int port) {
        assertThat(HostPort.parse("feed", text)).isEqualTo(new HostPort(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "node1",
                ":4100",
                " :4100",
                "node1:",
                "node1:0",
                "node1:65536",
                "node1:-1",
                "node1:+80",
                "[]:80",
                ""
            })
    void shouldRefuseWhatIsNone(String text) {
        assertThatThrownBy(() -> HostPort.parse("feed", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--feed is " + text + "; allowed is HOST:PORT with a port of 1 to 65535");
    }

    @Test
    void shouldNameTheFlagThatItReads() {
        assertThatThrownBy(() -> HostPort.parse("coordinator", "x")).hasMessageStartingWith("--coordinator is x;");
    }
}
