package io.coxswain.worker.health;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Arrays;
import java.util.stream.Collectors;

/** gRPC's health protocol over what somebody judges when asked. Called on its server's event loop only. */
abstract class HealthAnswers extends HealthGrpc.HealthImplBase {

    /** Judges, and says so on the server's event loop, now or later. */
    abstract void judge(HealthService asked, Verdict verdict);

    /** Where the judgement goes. */
    @FunctionalInterface
    interface Verdict {
        void is(ServingStatus status);
    }

    @Override
    public final void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> response) {
        HealthService asked = HealthService.named(request.getService()).orElse(null);
        if (asked == null) {
            response.onError(Status.NOT_FOUND
                    .withDescription("service is " + request.getService() + "; served are "
                            + Arrays.stream(HealthService.values())
                                    .map(HealthService::serviceName)
                                    .collect(Collectors.joining(", ")))
                    .asRuntimeException());
            return;
        }
        var call = (ServerCallStreamObserver<HealthCheckResponse>) response;
        judge(asked, status -> {
            if (!call.isCancelled()) { // whoever asked has gone
                call.onNext(HealthCheckResponse.newBuilder().setStatus(status).build());
                call.onCompleted();
            }
        });
    }
}
