package io.coxswain.coordinator.rehearsal;

import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.WatchMembersRequest;
import io.grpc.stub.StreamObserver;

/** The launcher of the rehearsed job: it asks each leader for the job's status, and watches its members. Owned by the event loop. */
final class RehearsingLauncher {

    private final StatusServiceGrpc.StatusServiceStub status;
    private final Stage stage;

    RehearsingLauncher(RehearsalLines lines, Stage stage) {
        this.status = StatusServiceGrpc.newStub(lines.control());
        this.stage = stage;
    }

    /** Turns to the coordinator that leads now. */
    void follow() {
        status.watchMembers(WatchMembersRequest.getDefaultInstance(), new Watch());
        status.getStatus(GetStatusRequest.getDefaultInstance(), new Answer());
    }

    private final class Watch implements StreamObserver<MembersUpdate> {

        @Override
        public void onNext(MembersUpdate members) {
            // It starts nobody for them.
        }

        @Override
        public void onError(Throwable cause) {
            stage.onLeft();
        }

        @Override
        public void onCompleted() {
            stage.onLeft();
        }
    }

    private final class Answer implements StreamObserver<GetStatusResponse> {

        @Override
        public void onNext(GetStatusResponse answer) {
            stage.onDone();
        }

        @Override
        public void onError(Throwable cause) {
            stage.onFailure("the coordinator did not say how the job is: " + cause.getMessage());
        }

        @Override
        public void onCompleted() {
            // The answer was all.
        }
    }
}
