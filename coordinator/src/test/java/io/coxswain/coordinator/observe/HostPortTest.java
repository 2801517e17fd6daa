package io.coxswain.coordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @Test
    void shouldReadAHostAndAPort() {
        assertThat(HostPort.parse("node-7.example:29500")).isEqualTo(new HostPort("node-7.example", 29500));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:1", "localhost:65535", "[::1]:80"})
    void shouldPrintWhatItRead(String text) {
        assertThat(HostPort.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host",
                "host:",
                ":80",
                "host:0",
                "host:65536",
                "host:-1",
                "host:x",
                "a b:1",
                "::1:80",
                "u@h:1",
                "h:1/x"
            })
    void shouldRefuseWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> HostPort.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("address '" + text + "'")
                .hasMessageContaining("HOST:PORT");
    }
}
