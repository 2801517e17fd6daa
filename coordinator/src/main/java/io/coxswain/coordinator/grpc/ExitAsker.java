package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.RestartVerdict;
import io.coxswain.v1.ReportExitResponse;
import io.grpc.stub.StreamObserver;

/** Whoever reported the end of a worker's process, and waits for the answer. Used on the engine's event loop only. */
record ExitAsker(StreamObserver<ReportExitResponse> response) implements Link {

    void answer(RestartVerdict verdict) {
        ReportExitResponse.Restart restart = switch (verdict.kind()) {
            case GRANTED -> ReportExitResponse.Restart.RESTART_GRANTED;
            case NOT_WANTED -> ReportExitResponse.Restart.RESTART_NOT_WANTED;
            case REFUSED -> ReportExitResponse.Restart.RESTART_REFUSED;
        };
        response.onNext(ReportExitResponse.newBuilder()
                .setRestart(restart)
                .setNextAttempt(verdict.nextAttempt())
                .setFruitlessRestarts(verdict.fruitlessRestarts())
                .setReason(verdict.reason())
                .build());
        response.onCompleted();
    }
}
