package io.coxswain.worker.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeHealthServerTest {

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final HealthStatusManager first = new HealthStatusManager();
    private final HealthStatusManager second = new HealthStatusManager();
    private Server firstWorker;
    private Server secondWorker;
    private NodeHealthServer node;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        firstWorker = worker(ANY_PORT, first.getHealthService());
        secondWorker = worker(ANY_PORT, second.getHealthService());
        for (HealthService service : HealthService.values()) {
            first.setStatus(service.serviceName(), ServingStatus.SERVING);
            second.setStatus(service.serviceName(), ServingStatus.SERVING);
        }
        node = NodeHealthServer.start(
                ANY_PORT, List.of(addressOf(firstWorker), addressOf(secondWorker)), Runnable::run);
        channel = channelTo(node);
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow();
        node.close();
        stop(firstWorker);
        stop(secondWorker);
    }

    private static void stop(Server server) throws InterruptedException {
        assertThat(server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    private static Server worker(InetSocketAddress bind, BindableService health) throws IOException {
        return NettyServerBuilder.forAddress(bind).addService(health).build().start();
    }

    private static InetSocketAddress addressOf(Server server) {
        return (InetSocketAddress) server.getListenSockets().get(0);
    }

    private static ManagedChannel channelTo(NodeHealthServer server) {
        return NettyChannelBuilder.forAddress(server.address()).usePlaintext().build();
    }

    private static ServingStatus check(ManagedChannel channel, String service) {
        return HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .check(HealthCheckRequest.newBuilder().setService(service).build())
                .getStatus();
    }

    @ParameterizedTest
    @ValueSource(strings = {"startup", "readiness", "liveness"})
    void shouldServeWhileAllWorkersDo(String service) {
        assertThat(check(channel, service)).isEqualTo(ServingStatus.SERVING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"startup", "readiness", "liveness"})
    void shouldNotServeWhereOneWorkerSaysThatItDoesNot(String service) {
        second.setStatus(service, ServingStatus.NOT_SERVING);

        assertThat(check(channel, service)).isEqualTo(ServingStatus.NOT_SERVING);
    }

    @Test
    void shouldBeAliveButNotReadyWithoutAWorkerWhoseEndIsTheLaunchersToSee() throws Exception {
        stop(secondWorker);

        assertThat(check(channel, "startup")).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(check(channel, "readiness")).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(check(channel, "liveness")).isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void shouldFindAWorkerThatComesBack() throws Exception {
        InetSocketAddress address = addressOf(secondWorker);
        stop(secondWorker);
        assertThat(check(channel, "readiness")).isEqualTo(ServingStatus.NOT_SERVING);

        secondWorker = worker(address, second.getHealthService());

        await().atMost(Duration.ofSeconds(50)).until(() -> check(channel, "readiness") == ServingStatus.SERVING);
    }

    @Test
    void shouldAnswerOnlyWhenItsSupervisorTurns() throws Exception {
        BlockingQueue<Runnable> posted = new LinkedBlockingQueue<>();
        try (NodeHealthServer server = NodeHealthServer.start(ANY_PORT, List.of(addressOf(firstWorker)), posted::add)) {
            ManagedChannel other = channelTo(server);
            var answer = HealthGrpc.newFutureStub(other)
                    .withDeadlineAfter(20, TimeUnit.SECONDS)
                    .check(HealthCheckRequest.newBuilder()
                            .setService("liveness")
                            .build());

            Runnable turn = posted.poll(20, TimeUnit.SECONDS);
            assertThat(turn).isNotNull();
            assertThat(answer.isDone()).isFalse();
            turn.run();

            assertThat(answer.get().getStatus()).isEqualTo(ServingStatus.SERVING);
            other.shutdownNow();
        }
    }

    @Test
    void shouldSayWhichServicesThereAre() {
        assertThatThrownBy(() -> check(channel, "ready"))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND))
                .hasMessageContaining("service is ready; served are startup, readiness, liveness");
    }
}
