package io.coxswain.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.coordinator.grpc.CoordinatorServer.Address;
import io.coxswain.types.ReservedPort;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CoordinatorServerTest {

    private static final int BACKLOG = 1;

    @TempDir
    private Path directory;

    @Test
    void shouldServeOnThePortThatItNames() throws Exception {
        try (CoordinatorServer server = server(0, "steps.sock")) {
            String address = server.start(ServerWorld.config(), ServerWorld.TERM, ServerWorld.listener());

            assertThat(address).matches("node1:[1-9][0-9]*");
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port(address))
                    .usePlaintext()
                    .build();
            try {
                assertThat(HealthGrpc.newBlockingStub(channel)
                                .withDeadlineAfter(20, TimeUnit.SECONDS)
                                .check(HealthCheckRequest.getDefaultInstance())
                                .getStatus())
                        .isEqualTo(ServingStatus.SERVING);
            } finally {
                channel.shutdownNow();
            }
        }
    }

    @Test
    void shouldTakeItsSocketFileAwayAndGiveItsPortBack() throws Exception {
        Path socket = directory.resolve("steps.sock");
        int port;
        try (CoordinatorServer server = server(0, "steps.sock")) {
            port = port(server.start(ServerWorld.config(), ServerWorld.TERM, ServerWorld.listener()));
            assertThat(socket).exists();
        }

        assertThat(socket).doesNotExist();
        assertFree(port);
    }

    @Test
    void shouldTakeTheSocketFileOfACoordinatorThatWasKilled() throws Exception {
        Path socket = directory.resolve("steps.sock");
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(socket)); // the JDK leaves the file behind
        }
        assertThat(socket).exists();

        try (ServerWorld world = ServerWorld.start(directory)) {
            world.running();
        }

        assertThat(socket).doesNotExist();
    }

    @Test
    void shouldLeaveNothingOpenWhereThePortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
                CoordinatorServer server = server(taken.getLocalPort(), "steps.sock")) {
            assertThatThrownBy(() -> server.start(ServerWorld.config(), ServerWorld.TERM, ServerWorld.listener()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()));
        }

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldLeaveNothingOpenWhereTheSocketCannotBeMade() throws Exception {
        try (ReservedPort port = ReservedPort.onLoopback();
                CoordinatorServer server = server(port.number(), "no-directory/steps.sock")) {
            assertThatThrownBy(() -> server.start(ServerWorld.config(), ServerWorld.TERM, ServerWorld.listener()))
                    .isInstanceOf(IOException.class);

            assertFree(port.number());
        }
        assertThat(directory).isEmptyDirectory();
    }

    private CoordinatorServer server(int port, String socket) {
        return new CoordinatorServer(new Address("127.0.0.1", port, "node1", directory.resolve(socket)));
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** Binding fails where a listener is left. */
    private static void assertFree(int port) throws IOException {
        try (var socket = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress())) {
            assertThat(socket.isBound()).isTrue();
        }
    }
}
