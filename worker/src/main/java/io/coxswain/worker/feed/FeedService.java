package io.coxswain.worker.feed;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.FeedServiceGrpc.FeedServiceImplBase;
import io.coxswain.v1.FeedUp;
import io.coxswain.v1.Member;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.SubmitSummaryResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The feed's side of the contract: checks what workers say, and refuses it with the reason. Owned by the event loop. */
final class FeedService extends FeedServiceImplBase {
    private final int worldSize;
    private final FeedDesk desk;
    private final FeedListener listener;
    private final Map<Integer, PullStream> streams = new HashMap<>();
    /** Members; as many as there were. */
    private final Set<Long> summarized = new HashSet<>();

    private long completedBefore;

    FeedService(int worldSize, FeedDesk desk, FeedListener listener) {
        this.worldSize = worldSize;
        this.desk = desk;
        this.listener = listener;
    }

    @Override
    public StreamObserver<FeedUp> pull(StreamObserver<FeedDown> down) {
        ServerCallStreamObserver<FeedDown> call = (ServerCallStreamObserver<FeedDown>) down;
        PullCall pull = new PullCall(call);
        call.setOnCancelHandler(pull::end);
        return pull;
    }

    @Override
    public void submitSummary(RankSummary summary, StreamObserver<SubmitSummaryResponse> response) {
        try {
            requirePlace("place", summary.getPlace());
            requirePlace("rank", summary.getRank());
            requireMember("member.id", summary.getMember());
            if (!summarized.add(summary.getMember().getId())) {
                throw Status.ALREADY_EXISTS
                        .withDescription(
                                "this member of place " + summary.getPlace() + " has submitted its summary before")
                        .asRuntimeException();
            }
        } catch (StatusRuntimeException e) {
            response.onError(e);
            return;
        }
        listener.onSummary(summary);
        response.onNext(SubmitSummaryResponse.getDefaultInstance());
        response.onCompleted();
    }

    private void requirePlace(String field, int value) {
        if (value < 0 || value >= worldSize) {
            throw invalid(field + " is " + Integer.toUnsignedString(value) + "; allowed are 0 to " + (worldSize - 1));
        }
    }

    private static void requireMember(String field, Member member) {
        if (member.getId() == 0) {
            throw invalid(field + " is 0 or absent; allowed is any other value");
        }
    }

    private static StatusRuntimeException invalid(String reason) {
        return Status.INVALID_ARGUMENT.withDescription(reason).asRuntimeException();
    }

    private PullStream open(FeedUp hello, StreamObserver<FeedDown> down) {
        requirePlace("place", hello.getPlace());
        requireMember("the first message's member.id", hello.getMember());
        PullStream stream = new PullStream(hello.getPlace(), hello.getMember(), down);
        PullStream other = streams.get(stream.place());
        if (other != null && !mayReplace(stream, other)) {
            throw Status.ALREADY_EXISTS
                    .withDescription("place " + stream.place() + " has a feed stream already, of attempt "
                            + other.attempt() + "; this is attempt " + stream.attempt())
                    .asRuntimeException();
        }
        String objection = desk.add(stream, FeedMessages.decodeHeld(hello.getHeldList()));
        if (objection != null) {
            throw precondition(objection);
        }
        if (other != null) {
            replace(other, stream);
        }
        streams.put(stream.place(), stream);
        return stream;
    }

    private static boolean mayReplace(PullStream stream, PullStream other) {
        return stream.isOfSameMember(other) || stream.attempt() > other.attempt();
    }

    /** What another member holds is taken back when the coordinator says that it is gone. */
    private void replace(PullStream before, PullStream successor) {
        desk.remove(before);
        before.end(precondition(
                successor.isOfSameMember(before)
                        ? "this member has opened another stream"
                        : "attempt " + successor.attempt() + " has taken place " + successor.place()));
    }

    private static StatusRuntimeException precondition(String reason) {
        return Status.FAILED_PRECONDITION.withDescription(reason).asRuntimeException();
    }

    private void requireRun(FeedUp up) {
        if (up.getRun() != 0 && up.getRun() != desk.run()) {
            throw precondition("run is " + Long.toHexString(up.getRun()) + "; this feed's is "
                    + Long.toHexString(desk.run()) + ": it was started anew");
        }
    }

    private void take(PullStream stream, FeedUp up) {
        if (up.getRoom() < 0) {
            throw invalid(
                    "room is " + Integer.toUnsignedString(up.getRoom()) + "; allowed are 0 to " + Integer.MAX_VALUE);
        }
        if (up.getFinishedCount() > FeedMessages.MAX_FINISHED) {
            throw invalid(
                    "finished has " + up.getFinishedCount() + " requests; allowed are " + FeedMessages.MAX_FINISHED);
        }
        desk.count(stream, up.getFinishedList());
        stream.setRoom(up.getRoom());
    }

    private void tell(PullStream stream, FeedUp up) {
        long completed = desk.requestsCompleted();
        if (completed > completedBefore) {
            completedBefore = completed;
            listener.onRequestsCompleted(completed);
        }
        if (up.hasProgress()) {
            listener.onProgress(stream.place(), up.getProgress());
        }
    }

    /** One worker's stream, from its first message to its end. */
    private final class PullCall implements StreamObserver<FeedUp> {
        private final ServerCallStreamObserver<FeedDown> down;
        private @Nullable PullStream stream;
        private boolean ended;

        PullCall(ServerCallStreamObserver<FeedDown> down) {
            this.down = down;
        }

        @Override
        public void onNext(FeedUp up) {
            if (isOver()) {
                return;
            }
            try {
                requireRun(up);
                PullStream known = stream == null ? open(up, down) : stream;
                stream = known;
                take(known, up);
                tell(known, up);
            } catch (StatusRuntimeException e) {
                refuse(e);
                return;
            } catch (IllegalArgumentException e) {
                refuse(invalid(String.valueOf(e.getMessage())));
                return;
            }
            desk.serve();
        }

        private void refuse(StatusRuntimeException reason) {
            end();
            down.onError(reason);
        }

        @Override
        public void onError(Throwable broken) {
            end();
        }

        @Override
        public void onCompleted() {
            if (!isOver()) {
                end();
                down.onCompleted();
            }
        }

        private boolean isOver() {
            return ended || (stream != null && stream.isEnded());
        }

        // What the worker holds stays its own: whether a member is lost is the coordinator's to say.
        void end() {
            ended = true;
            if (stream != null) {
                streams.remove(stream.place(), stream);
                desk.remove(stream);
            }
        }
    }
}
