package io.coxswain.worker.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaAddressesTest {

    @Test
    void shouldReadSeveral() {
        assertThat(ReplicaAddresses.parse("a:1,[::1]:2,10.0.0.1:65535").replicas())
                .containsExactly(
                        InetSocketAddress.createUnresolved("a", 1),
                        InetSocketAddress.createUnresolved("::1", 2),
                        InetSocketAddress.createUnresolved("10.0.0.1", 65_535));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:1", "a:1,[::1]:2"})
    void shouldWriteWhatItReads(String text) {
        assertThat(ReplicaAddresses.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a:0", "a:65536", "a:1,", ",a:1", "a:1,b", "a:1,a:1"})
    void shouldRefuseWhatIsNone(String text) {
        assertThatThrownBy(() -> ReplicaAddresses.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("allowed ");
    }
}
