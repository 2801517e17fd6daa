package io.coxswain.worker.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coxswain.worker.health.VitalSigns.Forward;
import io.coxswain.worker.health.VitalSigns.Reading;
import io.coxswain.worker.health.VitalSigns.Stage;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthServerTest {

    private static final HealthLimits LIMITS = HealthLimits.of(Duration.ofMinutes(1), Duration.ofMinutes(1));
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private volatile Stage stage = Stage.WAITING;
    private HealthServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        server = HealthServer.start(
                ANY_PORT, () -> new Reading(stage, Forward.OUTSIDE, 0, 0, stage, 0), LIMITS, System::nanoTime);
        channel =
                NettyChannelBuilder.forAddress(server.address()).usePlaintext().build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
    }

    private ServingStatus check(String service) {
        return HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .check(HealthCheckRequest.newBuilder().setService(service).build())
                .getStatus();
    }

    @ParameterizedTest
    @CsvSource({"startup, SERVING", "readiness, NOT_SERVING", "liveness, SERVING", "'', SERVING"})
    void shouldAnswerForEachOfItsServices(String service, ServingStatus expected) {
        assertThat(check(service)).isEqualTo(expected);
    }

    @Test
    void shouldJudgeWhenItIsAsked() {
        assertThat(check("readiness")).isEqualTo(ServingStatus.NOT_SERVING);
        stage = Stage.IDLE;

        await().atMost(Duration.ofSeconds(50)).until(() -> check("readiness") == ServingStatus.SERVING);
    }

    @Test
    void shouldSayWhichServicesThereAre() {
        assertThatThrownBy(() -> check("ready")).isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(refused).hasMessageContaining("service is ready; served are startup, readiness, liveness");
        });
    }

    @Test
    void shouldSayWhichAddressItCannotHave() {
        assertThatThrownBy(() -> HealthServer.start(
                        server.address(),
                        () -> new Reading(stage, Forward.OUTSIDE, 0, 0, stage, 0),
                        LIMITS,
                        System::nanoTime))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("health cannot be served on")
                .hasMessageContaining(Integer.toString(server.address().getPort()));
    }
}
