package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.FeedServiceGrpc;
import io.coxswain.v1.FeedUp;
import io.coxswain.v1.FinishedRequest;
import io.coxswain.v1.HeldRequest;
import io.coxswain.v1.Member;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.PlaceMember;
import io.coxswain.v1.RequestHandout;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the server says to a worker that was written from the contract alone. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FeedContractTest {
    private static final long SECONDS = 20;

    private final RecordingListener listener = new RecordingListener();
    private FeedServer server;
    private ManagedChannel channel;

    @BeforeEach
    void serveTwoRequests() throws IOException {
        Trace trace = new Trace.Builder("two").add(10, 1, 0).add(20, 2, 0).build();
        server = FeedServer.start(
                new FeedServerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4),
                new TracePlayer(trace, ReplaySpeed.AS_FAST_AS_POSSIBLE),
                listener,
                System::nanoTime);
        channel =
                NettyChannelBuilder.forAddress(server.address()).usePlaintext().build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow().awaitTermination(SECONDS, TimeUnit.SECONDS);
        server.close();
    }

    @Test
    void shouldAnswerTheFirstMessageWithItsRunWhateverTheRoom() throws Exception {
        Stream stream = new Stream();
        stream.say(hello(0, 5));
        FeedDown down = stream.hear();
        assertThat(down.getRun()).isNotZero();
        assertThat(down.getRequestsList()).isEmpty();
        assertThat(down.getExhausted()).isFalse();
    }

    @Test
    void shouldHandOutNoMoreThanThereIsRoom() throws Exception {
        Stream stream = new Stream();
        stream.say(hello(0, 5).setRoom(1));
        assertThat(stream.hear().getRequestsList())
                .containsExactly(RequestHandout.newBuilder()
                        .setRequest(0)
                        .setPromptTokens(10)
                        .setGeneratedTokens(1)
                        .build());
        stream.say(FeedUp.newBuilder().setRoom(3));
        assertThat(stream.hear().getRequestsList())
                .extracting(RequestHandout::getRequest)
                .containsExactly(1L);
    }

    @Test
    void shouldAcknowledgeARepetitionAndCountItOnce() throws Exception {
        Stream stream = new Stream();
        stream.say(hello(0, 5).setRoom(2));
        assertThat(stream.hear().getRequestsCount()).isEqualTo(2);

        stream.say(FeedUp.newBuilder().addFinished(finished(0, 10, 1)));
        assertThat(stream.hear().getAcknowledgedList()).containsExactly(0L);
        stream.say(FeedUp.newBuilder().addFinished(finished(0, 10, 1)));
        assertThat(stream.hear().getAcknowledgedList()).containsExactly(0L);
        stream.say(FeedUp.newBuilder().addFinished(finished(0, 10, 1)).addFinished(finished(1, 20, 2)));
        FeedDown last = stream.hear();
        assertThat(last.getAcknowledgedList()).containsExactly(0L, 1L);
        assertThat(last.getExhausted()).isTrue();
        assertThat(listener.completed).containsExactly(1L, 2L);
    }

    @Test
    void shouldRefuseAWorkerThatDoesNotSayWhoItIs() throws Exception {
        assertRefused(
                FeedUp.newBuilder().setPlace(1),
                Status.Code.INVALID_ARGUMENT,
                "the first message's member.id is 0 or absent");
        assertRefused(hello(4, 5), Status.Code.INVALID_ARGUMENT, "place is 4; allowed are 0 to 3");
        assertRefused(hello(-1, 5), Status.Code.INVALID_ARGUMENT, "place is 4294967295; allowed are 0 to 3");
    }

    @Test
    void shouldTakeBackWhatNeverArrivedWhenAMemberOpensAnotherStream() throws Exception {
        Stream first = new Stream();
        first.say(hello(0, 5).setRoom(2));
        assertThat(first.hear().getRequestsCount()).isEqualTo(2);

        Stream second = new Stream();
        second.say(hello(0, 5).setRoom(1).addHeld(HeldRequest.newBuilder().setRequest(0)));

        assertThat(second.hear().getRequestsList())
                .containsExactly(RequestHandout.newBuilder()
                        .setRequest(1)
                        .setAttempt(1)
                        .setPromptTokens(20)
                        .setGeneratedTokens(2)
                        .build());
        first.assertEndedBy("this member has opened another stream");
        second.say(FeedUp.newBuilder().addFinished(finished(0, 10, 1)).addFinished(finished(1, 20, 2)));
        FeedDown answer = second.hear();
        assertThat(answer.getAcknowledgedList()).containsExactly(0L, 1L);
        assertThat(answer.getExhausted()).as("the first attempt is not counted").isFalse();
        second.say(
                FeedUp.newBuilder().addFinished(finished(1, 20, 2).toBuilder().setAttempt(1)));
        assertThat(second.hear().getExhausted()).isTrue();
        assertThat(server.totals()).isEqualTo(new TracePlayer.Totals(2, 30, 3, 1, 1));
    }

    @Test
    void shouldGiveAPlaceToAHigherAttemptAndToNoLowerOne() throws Exception {
        Stream first = new Stream();
        first.say(hello(1, 5));
        first.hear();
        assertRefused(
                hello(1, 6),
                Status.Code.ALREADY_EXISTS,
                "place 1 has a feed stream already, of attempt 0; this is attempt 0");

        Stream successor = new Stream();
        successor.say(hello(1, 7, 1));
        assertThat(successor.hear().getRun()).isNotZero();
        first.assertEndedBy("attempt 1 has taken place 1");
        assertRefused(hello(1, 5), Status.Code.ALREADY_EXISTS, "of attempt 1; this is attempt 0");

        successor.up.onCompleted();
        successor.end.get(SECONDS, TimeUnit.SECONDS);
        assertRefused(
                hello(1, 5), Status.Code.FAILED_PRECONDITION, "attempt 1 has pulled for place 1; this is attempt 0");
    }

    @Test
    void shouldAcknowledgeAndNotCountWhatALostMemberReportsLate() throws Exception {
        Stream lost = new Stream();
        lost.say(hello(0, 5).setRoom(2));
        assertThat(lost.hear().getRequestsCount()).isEqualTo(2);
        Stream survivor = new Stream();
        survivor.say(hello(1, 6).setRoom(2));
        assertThat(survivor.hear().getRequestsList()).isEmpty();

        server.membersChanged(MembersUpdate.newBuilder()
                .addPlaces(PlaceMember.newBuilder()
                        .setPlace(0)
                        .setMember(Member.newBuilder().setId(5))
                        .setDetail("no sign of life"))
                .build());

        assertThat(survivor.hear().getRequestsList())
                .extracting(RequestHandout::getRequest, RequestHandout::getAttempt)
                .containsExactly(tuple(0L, 1), tuple(1L, 1));
        lost.say(FeedUp.newBuilder().setRoom(2).addFinished(finished(0, 10, 1)));
        FeedDown answer = lost.hear();
        assertThat(answer.getAcknowledgedList()).containsExactly(0L);
        assertThat(answer.getRequestsList()).isEmpty();
        assertThat(server.totals()).isEqualTo(new TracePlayer.Totals(0, 0, 0, 2, 1));
        assertRefused(
                hello(0, 5), Status.Code.FAILED_PRECONDITION, "place 0 is held by attempt 0, which is gone: no sign");
    }

    @Test
    void shouldRefuseWhatCannotBe() throws Exception {
        assertRefused(hello(0, 5).setRun(12345), Status.Code.FAILED_PRECONDITION, "run is 3039; this feed's is ");
        assertRefused(hello(0, 5).setRoom(-1), Status.Code.INVALID_ARGUMENT, "room is 4294967295");
        assertRefused(
                hello(0, 5).addFinished(finished(0, 10, 1)),
                Status.Code.INVALID_ARGUMENT,
                "finished request 0, attempt 0, was not handed out to this member");
        assertRefused(
                hello(0, 5).addFinished(finished(99, 1, 1)),
                Status.Code.INVALID_ARGUMENT,
                "finished request 99 is unknown; the trace has 2 requests");
        FeedUp.Builder tooMany = hello(0, 5);
        for (int i = 0; i <= 4096; i++) {
            tooMany.addFinished(finished(0, 10, 1));
        }
        assertRefused(tooMany, Status.Code.INVALID_ARGUMENT, "finished has 4097 requests; allowed are 4096");
    }

    private void assertRefused(FeedUp.Builder message, Status.Code code, String reason) throws Exception {
        Stream stream = new Stream();
        stream.say(message);
        Status status = stream.end.get(SECONDS, TimeUnit.SECONDS);
        assertThat(status.getCode()).isEqualTo(code);
        assertThat(status.getDescription()).contains(reason);
    }

    private static FeedUp.Builder hello(int place, long member) {
        return hello(place, member, 0);
    }

    private static FeedUp.Builder hello(int place, long member, int attempt) {
        return FeedUp.newBuilder()
                .setPlace(place)
                .setMember(Member.newBuilder().setId(member).setAttempt(attempt));
    }

    private static FinishedRequest finished(long request, int promptTokens, int generatedTokens) {
        return FinishedRequest.newBuilder()
                .setRequest(request)
                .setPromptTokens(promptTokens)
                .setGeneratedTokens(generatedTokens)
                .build();
    }

    private final class Stream implements StreamObserver<FeedDown> {
        private final BlockingQueue<FeedDown> heard = new LinkedBlockingQueue<>();
        private final CompletableFuture<Status> end = new CompletableFuture<>();
        private final StreamObserver<FeedUp> up =
                FeedServiceGrpc.newStub(channel).pull(this);

        void say(FeedUp.Builder message) {
            up.onNext(message.build());
        }

        FeedDown hear() throws InterruptedException {
            FeedDown down = heard.poll(SECONDS, TimeUnit.SECONDS);
            assertThat(down).as("an answer within %s s", SECONDS).isNotNull();
            return down;
        }

        void assertEndedBy(String reason) throws Exception {
            Status status = end.get(SECONDS, TimeUnit.SECONDS);
            assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(status.getDescription()).isEqualTo(reason);
        }

        @Override
        public void onNext(FeedDown down) {
            heard.add(down);
        }

        @Override
        public void onError(Throwable broken) {
            end.complete(Status.fromThrowable(broken));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }
    }
}
