package io.coxswain.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class ReservedPortTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @Test
    void shouldLetAServerListenThatAsksForItByItsNumber() throws Exception {
        try (ReservedPort port = ReservedPort.onLoopback();
                ServerSocket server = new ServerSocket(port.number(), 1, LOOPBACK);
                Socket client = new Socket(LOOPBACK, port.number())) {
            assertThat(client.getRemoteSocketAddress()).isEqualTo(server.getLocalSocketAddress());
            assertThat(port.address()).isEqualTo("127.0.0.1:" + server.getLocalPort());
        }
    }

    @Test
    void shouldLetTheNextServerListenWhenTheFirstIsGone() throws Exception {
        try (ReservedPort port = ReservedPort.onLoopback()) {
            for (int server = 0; server < 3; server++) {
                new ServerSocket(port.number(), 1, LOOPBACK).close();
            }
        }
    }

    @Test
    void shouldRefuseConnectionsWhileNobodyListens() throws Exception {
        try (ReservedPort port = ReservedPort.onLoopback()) {
            assertThatThrownBy(() -> new Socket(LOOPBACK, port.number())).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void shouldNotBeGivenToOneThatSharesWithNobody() throws Exception {
        try (ReservedPort port = ReservedPort.onLoopback();
                ServerSocket jealous = new ServerSocket()) {
            jealous.setReuseAddress(false);

            assertThatThrownBy(() -> jealous.bind(new InetSocketAddress(LOOPBACK, port.number())))
                    .isInstanceOf(BindException.class);
        }
    }
}
