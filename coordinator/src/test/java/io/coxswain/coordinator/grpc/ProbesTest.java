package io.coxswain.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.store.ReplicaProcess;
import io.coxswain.coordinator.store.Replicas;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ProbesTest {

    private static final String LEADER = "";

    private final Probes probes = new Probes();

    @Test
    void shouldSayOnlyThatItLivesBeforeItHasJoined() {
        assertThat(status(Probes.LIVENESS)).isEqualTo(ServingStatus.SERVING);
        assertThat(status(Probes.STARTUP)).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(status(Probes.READINESS)).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(status(LEADER)).isEqualTo(ServingStatus.NOT_SERVING);
    }

    @Test
    void shouldHaveStartedButNotBeReadyWhileItSeesNoMajority() {
        probes.sees(replicas(1));

        assertThat(status(Probes.STARTUP)).isEqualTo(ServingStatus.SERVING);
        assertThat(status(Probes.READINESS)).isEqualTo(ServingStatus.NOT_SERVING);
    }

    @Test
    void shouldBeReadyWithAMajorityThoughAnotherLeads() {
        probes.sees(replicas(2));

        assertThat(status(Probes.READINESS)).isEqualTo(ServingStatus.SERVING);
        assertThat(status(LEADER)).isEqualTo(ServingStatus.NOT_SERVING);
    }

    @Test
    void shouldStayReadyAsALeaderThatSeesNobodyAnyMoreUntilItStandsBy() {
        probes.sees(replicas(3));
        probes.leading();
        probes.sees(replicas(1));

        assertThat(status(Probes.READINESS)).isEqualTo(ServingStatus.SERVING);
        assertThat(status(LEADER)).isEqualTo(ServingStatus.SERVING);

        probes.standingBy();

        assertThat(status(Probes.READINESS)).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(status(LEADER)).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(status(Probes.LIVENESS)).isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void shouldBeReadyAsTheOnlyCoordinatorOnceItLeads() {
        probes.leading();

        assertThat(status(Probes.STARTUP)).isEqualTo(ServingStatus.SERVING);
        assertThat(status(Probes.READINESS)).isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void shouldServeNothingOnceItIsClosed() {
        probes.leading();
        probes.close();

        assertThat(status(Probes.READINESS)).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(status(Probes.LIVENESS)).isEqualTo(ServingStatus.NOT_SERVING);
    }

    private static Replicas replicas(int seen) {
        return new Replicas(
                LongStream.rangeClosed(1, seen)
                        .mapToObj(id -> new Replicas.Replica(
                                id, new ReplicaProcess("node" + id, id, "node:" + id), "store:" + id))
                        .toList(),
                3);
    }

    private ServingStatus status(String service) {
        var answer = new CompletableFuture<HealthCheckResponse>();
        ((HealthGrpc.AsyncService) probes.service())
                .check(HealthCheckRequest.newBuilder().setService(service).build(), new StreamObserver<>() {
                    @Override
                    public void onNext(HealthCheckResponse response) {
                        answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable failed) {
                        answer.completeExceptionally(failed);
                    }

                    @Override
                    public void onCompleted() {
                        // the answer came before
                    }
                });
        return answer.join().getStatus();
    }
}
