package io.coxswain.worker.collective.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.collective.PortRange;
import io.coxswain.worker.collective.TransportException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class ListeningSocketTest {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @Test
    void shouldTakeTheFirstFreePortOfTheRange() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            var range = new PortRange(taken.getLocalPort(), Math.min(65_535, taken.getLocalPort() + 20));
            ListeningSocket socket = ListeningSocket.open(LOOPBACK, range);
            try {
                assertThat(socket.address().getPort())
                        .isGreaterThan(range.least())
                        .isLessThanOrEqualTo(range.most());
            } finally {
                socket.close();
            }
        }
    }

    @Test
    void shouldSayThatNoneOfTheRangeIsFree() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> ListeningSocket.open(LOOPBACK, new PortRange(port, port)))
                    .isInstanceOf(TransportException.class)
                    .hasMessage("cannot listen on 127.0.0.1, ports " + port + "-" + port + ": none can be had");
        }
    }
}
