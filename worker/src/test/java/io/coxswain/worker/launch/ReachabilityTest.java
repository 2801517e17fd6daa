package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.launch.LaunchConfig.Addresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class ReachabilityTest {
    private static final Addresses UNSAID = Flags.launch().nodes().addresses();
    private static final Addresses BOUND =
            Flags.launch("--bind=10.1.2.3").nodes().addresses();

    private static InetSocketAddress endpoint(String name, int... address) throws IOException {
        byte[] bytes = {(byte) address[0], (byte) address[1], (byte) address[2], (byte) address[3]};
        return new InetSocketAddress(InetAddress.getByAddress(name, bytes), 29400);
    }

    @Test
    void shouldListenAtAnAddressOfThisMachineAsItIsGiven() throws Exception {
        InetSocketAddress loopback = endpoint("127.0.0.2", 127, 0, 0, 2);

        assertThat(Reachability.listenAt(UNSAID, loopback)).isEqualTo(loopback);
        assertThat(Reachability.among(UNSAID, loopback).address()).startsWith("127.0.0.");
        assertThat(Reachability.listenAt(UNSAID, endpoint("localhost", 127, 0, 0, 1)))
                .isEqualTo(loopback("127.0.0.1"));
    }

    private static InetSocketAddress loopback(String address) {
        return new InetSocketAddress(address, 29400);
    }

    @Test
    void shouldBeReachedByAHostsNameThatIsLoopbackToItselfOnly() throws Exception {
        InetSocketAddress self = endpoint("host-a", 127, 0, 1, 1);

        assertThat(Reachability.listenAt(UNSAID, self)).isEqualTo(loopback("0.0.0.0"));
        assertThat(Reachability.among(UNSAID, self)).isEqualTo(new Topology.Reach("0.0.0.0", "host-a"));
        assertThat(Reachability.listenAt(BOUND, self)).isEqualTo(loopback("10.1.2.3"));
        assertThat(Reachability.among(BOUND, self)).isEqualTo(new Topology.Reach("10.1.2.3", "host-a"));
    }

    @Test
    void shouldListenAnywhereForAnEndpointThatIsNotOfThisMachine() throws Exception {
        assertThat(Reachability.listenAt(UNSAID, endpoint("front", 192, 0, 2, 1)))
                .isEqualTo(loopback("0.0.0.0"));
    }
}
