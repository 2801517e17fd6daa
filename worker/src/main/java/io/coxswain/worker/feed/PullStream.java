package io.coxswain.worker.feed;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.Member;
import io.grpc.stub.StreamObserver;

/** What the feed knows of one worker's stream, and the message that it is about to get. Owned by the event loop. */
final class PullStream {
    private final int place;
    private final int attempt;
    private final long member;
    private final StreamObserver<FeedDown> down;
    private FeedDown.Builder next = FeedDown.newBuilder();
    private boolean something = true;
    private boolean toldExhausted;
    private int room;
    private boolean retired;
    private boolean ended;

    PullStream(int place, Member member, StreamObserver<FeedDown> down) {
        this.place = place;
        this.attempt = member.getAttempt();
        this.member = member.getId();
        this.down = down;
    }

    int place() {
        return place;
    }

    int attempt() {
        return attempt;
    }

    long member() {
        return member;
    }

    /** Whether this stream was opened by the same start of a worker's process. */
    boolean isOfSameMember(PullStream other) {
        return member == other.member;
    }

    /** Its member is gone: it is handed nothing any more, but what it says late is acknowledged. */
    void retire() {
        retired = true;
    }

    /** Closes it; nothing is said or heard on it any more. */
    void end(Throwable reason) {
        if (!ended) {
            ended = true;
            down.onError(reason);
        }
    }

    boolean isEnded() {
        return ended;
    }

    int room() {
        return retired ? 0 : room;
    }

    void setRoom(int room) {
        this.room = room;
    }

    void acknowledge(long request) {
        next.addAcknowledged(request);
        something = true;
    }

    void hand(FeedRequest request) {
        next.addRequests(FeedMessages.encode(request));
        room--;
        something = true;
    }

    void exhausted() {
        next.setExhausted(true);
        something |= !toldExhausted;
        toldExhausted = true;
    }

    /** Sends what has come together; nothing where there is nothing. The first message says the run in any case. */
    void flush(long run) {
        if (something) {
            down.onNext(next.setRun(run).build());
            next = FeedDown.newBuilder();
            something = false;
        }
    }
}
