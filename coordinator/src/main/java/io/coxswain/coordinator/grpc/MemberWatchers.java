package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.SeatState;
import io.coxswain.v1.MembersUpdate;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Those who watch the members of the job. Owned by the engine's event loop. */
final class MemberWatchers {

    private static final int MAX_WATCHERS = 1024;

    private final Set<ServerLink<MembersUpdate>> watchers = new LinkedHashSet<>();
    private MembersUpdate latest = MembersUpdate.getDefaultInstance();

    /** Tells a newcomer at once, and then at every change until its stream ends. */
    void add(ServerCallStreamObserver<MembersUpdate> stream) {
        if (watchers.size() >= MAX_WATCHERS) {
            stream.onError(Status.RESOURCE_EXHAUSTED
                    .withDescription("there are " + MAX_WATCHERS + " watchers; no more are allowed")
                    .asRuntimeException());
            return;
        }
        var link = new ServerLink<>(stream);
        link.onCancel(() -> {});
        link.onEnd(() -> watchers.remove(link));
        watchers.add(link);
        link.send(latest);
    }

    /** Ends all streams. */
    void close(Status why) {
        List.copyOf(watchers).forEach(watcher -> watcher.fail(why));
    }

    void publish(List<PlaceMember> places) {
        MembersUpdate.Builder update = MembersUpdate.newBuilder();
        for (PlaceMember place : places) {
            update.addPlaces(io.coxswain.v1.PlaceMember.newBuilder()
                    .setPlace(place.place())
                    .setMember(ControlEncoder.member(place.member()))
                    .setLive(place.isLive())
                    .setLeft(place.state() == SeatState.LEFT)
                    .setDetail(place.detail()));
        }
        latest = update.build();
        for (ServerLink<MembersUpdate> watcher : watchers) {
            watcher.send(latest);
        }
    }
}
