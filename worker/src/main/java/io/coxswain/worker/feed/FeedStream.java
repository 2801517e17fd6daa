package io.coxswain.worker.feed;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.FeedUp;
import io.coxswain.worker.net.Statuses;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;

/**
 * One feed stream from its opening to its end. Once it has ended nothing of it is passed on, also what had arrived by then: the
 * next one's first message has said what this member holds. Owned by the event loop.
 */
final class FeedStream extends ClientCall.Listener<FeedDown> {
    private final ClientCall<FeedUp, FeedDown> call;
    private final Owner owner;
    private boolean answered;
    private boolean over;

    /** What an end means. */
    enum End {
        /** Another stream may do better. */
        BROKEN,
        /** The feed does not want this member, or it has said all that it will ever say. */
        FINAL
    }

    /** Hears what comes; the end once and as the last. */
    interface Owner {
        void onMessage(FeedDown down);

        void onEnd(End end, String how);
    }

    FeedStream(ClientCall<FeedUp, FeedDown> call, Owner owner) {
        this.call = call;
        this.owner = owner;
    }

    /** It may be over when this returns: a host can refuse the connection at once. */
    void start() {
        call.start(this, new Metadata());
        call.request(Integer.MAX_VALUE);
    }

    void send(FeedUp message) {
        call.sendMessage(message);
    }

    boolean isOver() {
        return over;
    }

    /** Ends it where it was not answered by now. */
    void requireAnswer(String otherwise) {
        if (!answered && !over) {
            cancel(otherwise);
            owner.onEnd(End.BROKEN, otherwise);
        }
    }

    /** Ends it; the owner is not told. */
    void cancel(String why) {
        over = true;
        call.cancel(why, null);
    }

    @Override
    public void onMessage(FeedDown down) {
        if (!over) {
            answered = true;
            owner.onMessage(down);
        }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        if (!over) {
            over = true;
            owner.onEnd(meaning(status.getCode()), "closed the stream with " + Statuses.text(status));
        }
    }

    private static End meaning(Status.Code code) {
        return switch (code) {
            case CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS ->
                End.BROKEN;
            case OK,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    FAILED_PRECONDITION,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED,
                    UNAUTHENTICATED -> End.FINAL;
        };
    }
}
