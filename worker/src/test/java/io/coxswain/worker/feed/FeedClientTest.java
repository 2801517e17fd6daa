package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.FeedServiceGrpc.FeedServiceImplBase;
import io.coxswain.v1.FeedUp;
import io.coxswain.v1.FinishedRequest;
import io.coxswain.v1.HeldRequest;
import io.coxswain.v1.Member;
import io.coxswain.v1.RequestHandout;
import io.coxswain.worker.net.Transports;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the client says to a feed that answers by the test's hand. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FeedClientTest {
    private static final long RUN = 77;
    private static final long SECONDS = 20;
    static final FeedTiming QUICK_TO_REPEAT = new FeedTiming(
            Duration.ofSeconds(20),
            Duration.ofMillis(1),
            Duration.ofMillis(20),
            Duration.ofSeconds(20),
            Duration.ofMillis(500));
    static final FeedTiming IMPATIENT = new FeedTiming(
            Duration.ofSeconds(20),
            Duration.ofMillis(1),
            Duration.ofMillis(20),
            Duration.ofMillis(200),
            Duration.ofMillis(500));

    private final EventLoopGroup group = Transports.best().newSingleThreadGroup("test-feed-client");
    private final Semaphore work = new Semaphore(0);
    private final HandFeed feed = new HandFeed();
    private Server server;
    private @Nullable FeedClient client;

    @BeforeEach
    void serve() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(feed)
                .build()
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (client != null) {
            client.close();
        }
        server.shutdownNow().awaitTermination(SECONDS, TimeUnit.SECONDS);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    @Test
    void shouldSayWhoItIsFirst() throws Exception {
        connect(FeedTiming.DEFAULT);
        FeedUp hello = feed.hear();
        assertThat(hello.getPlace()).isEqualTo(3);
        assertThat(hello.getMember().getId()).isEqualTo(42);
        assertThat(hello.getRun()).isZero();
    }

    @Test
    void shouldRepeatWhatItFinishedUntilThatIsAcknowledged() throws Exception {
        FeedClient connected = connect(QUICK_TO_REPEAT);
        feed.hear();
        feed.say(FeedDown.newBuilder());
        connected.room(2);
        assertThat(feed.hear().getRoom()).isEqualTo(2);
        feed.say(FeedDown.newBuilder().addRequests(handout(6)).addRequests(handout(7)));
        take(connected, 6);
        take(connected, 7);

        connected.finished(new ExecutedRequest(6, 0, 5, 1));
        FinishedRequest six = finished(6);
        assertThat(feed.hear().getFinishedList()).containsExactly(six);
        assertThat(feed.hear().getFinishedList()).containsExactly(six);
        connected.finished(new ExecutedRequest(7, 0, 5, 1));
        FeedUp repeated = feed.hear();
        assertThat(repeated.getFinishedList()).containsExactly(six);
        // What is on its way already must not be handed out a second time.
        assertThat(repeated.getRoom()).isZero();

        feed.say(FeedDown.newBuilder().addAcknowledged(6));
        assertThat(feed.hearUntilWithout(six).getFinishedList()).containsExactly(finished(7));
    }

    @Test
    void shouldSayItsRoomOnlyWhenThatMakesADifference() throws Exception {
        FeedClient connected = connect(FeedTiming.DEFAULT);
        feed.hear();
        feed.say(FeedDown.newBuilder());
        connected.room(8);
        assertThat(feed.hear().getRoom()).isEqualTo(8);
        for (int step = 0; step < 1000; step++) {
            connected.room(8);
        }
        feed.say(FeedDown.newBuilder().addRequests(handout(0)).addRequests(handout(1)));
        take(connected, 0);
        take(connected, 1);
        // Six are still open at the feed, so two more do not matter.
        connected.room(8);
        connected.progress(1, 2, 3, 0);
        connected.progress(2, 4, 6, 1);

        FeedUp next = feed.hear();
        assertThat(next.getProgress().getSteps()).isEqualTo(1);
        assertThat(next.getRoom()).isEqualTo(6);
        connected.room(12);
        FeedUp more = feed.hear();
        assertThat(more.getRoom()).isEqualTo(12);
        assertThat(more.hasProgress()).isFalse();
        assertThat(more.getRun()).isEqualTo(RUN);
    }

    @Test
    void shouldKnowThatTheFeedIsExhaustedAlsoAfterItsEnd() throws Exception {
        FeedClient connected = connect(FeedTiming.DEFAULT);
        feed.hear();
        assertThat(connected.isExhausted()).isFalse();
        feed.say(FeedDown.newBuilder().setExhausted(true));
        awaitWork();
        assertThat(connected.isExhausted()).isTrue();

        feed.down().onCompleted();
        awaitWork();
        assertThat(connected.isExhausted()).isTrue();
        assertThat(connected.poll()).isNull();
    }

    @Test
    void shouldOpenABrokenStreamAgainAndSayWhatItHolds() throws Exception {
        FeedClient connected = connect(QUICK_TO_REPEAT);
        feed.hear();
        feed.say(FeedDown.newBuilder());
        connected.room(3);
        feed.hear();
        feed.say(FeedDown.newBuilder()
                .addRequests(handout(5))
                .addRequests(handout(6))
                .addRequests(handout(7).toBuilder().setAttempt(2)));
        take(connected, 5);
        take(connected, 6);
        connected.finished(new ExecutedRequest(5, 0, 5, 1));
        assertThat(feed.hear().getFinishedList()).containsExactly(finished(5));
        feed.say(FeedDown.newBuilder().addAcknowledged(5));
        connected.finished(new ExecutedRequest(6, 0, 5, 1));
        FeedUp up = feed.hear();
        while (!up.getFinishedList().equals(List.of(finished(6)))) { // it may have said again what was not acknowledged
            up = feed.hear();
        }

        feed.down().onError(Status.UNAVAILABLE.asRuntimeException());

        FeedUp hello = feed.hearHello();
        assertThat(hello.getPlace()).isEqualTo(3);
        assertThat(hello.getMember().getId()).isEqualTo(42);
        assertThat(hello.getRun()).isEqualTo(RUN);
        assertThat(hello.getRoom()).isZero();
        assertThat(hello.getFinishedList()).containsExactly(finished(6));
        assertThat(hello.getHeldList()).containsExactly(held(6, 0), held(7, 2));
        feed.say(FeedDown.newBuilder().addAcknowledged(6).addRequests(handout(8)));
        assertThat(connected.poll()).isEqualTo(new FeedRequest(7, 2, 5, 1));
        take(connected, 8);
    }

    @Test
    void shouldGiveUpAFeedThatItCannotReachAgain() throws Exception {
        FeedClient connected = connect(IMPATIENT);
        feed.hear();
        feed.say(FeedDown.newBuilder());
        connected.room(1);
        feed.hear();
        feed.say(FeedDown.newBuilder().addRequests(handout(0)));
        take(connected, 0);

        server.shutdownNow();

        assertLost(connected, "and no other stream went on within PT0.2S");
    }

    @Test
    void shouldNotComeAgainToAFeedThatRefusesIt() throws Exception {
        FeedClient connected = connect(FeedTiming.DEFAULT);
        feed.hear();
        feed.say(FeedDown.newBuilder().addRequests(handout(0)));
        take(connected, 0);

        feed.down()
                .onError(Status.FAILED_PRECONDITION
                        .withDescription("attempt 1 has taken place 3")
                        .asRuntimeException());

        assertLost(connected, "closed the stream with FAILED_PRECONDITION: attempt 1 has taken place 3");
    }

    @Test
    void shouldGiveUpAFeedThatDoesNotAnswer() throws Exception {
        FeedTiming timing = new FeedTiming(
                Duration.ofMillis(50),
                Duration.ofMillis(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1));
        FeedClient connected = connect(timing);
        assertLost(connected, "did not answer within PT0.05S");
    }

    @Test
    void shouldGiveUpAFeedThatAcknowledgesNothing() throws Exception {
        FeedClient connected = connect(IMPATIENT);
        feed.hear();
        feed.say(FeedDown.newBuilder());
        connected.room(1);
        feed.hear();
        feed.say(FeedDown.newBuilder().addRequests(handout(0)));
        take(connected, 0);
        connected.finished(new ExecutedRequest(0, 0, 5, 1));
        assertLost(connected, "has not acknowledged 1 finished requests within PT0.2S");
    }

    @Test
    void shouldGiveUpAFeedThatBreaksTheContract() throws Exception {
        FeedClient connected = connect(FeedTiming.DEFAULT);
        feed.hear();
        feed.say(FeedDown.newBuilder().addRequests(RequestHandout.newBuilder().setRequest(4)));
        assertLost(connected, "request 4: prompt_tokens is 0; allowed are 1 to 2147483647");
    }

    @Test
    void shouldGiveUpAFeedThatHandsOutMoreThanThereIsRoom() throws Exception {
        FeedClient connected = connect(FeedTiming.DEFAULT);
        feed.hear();
        FeedDown.Builder flood = FeedDown.newBuilder();
        for (int id = 0; id < 100; id++) {
            flood.addRequests(handout(id));
        }
        feed.say(flood);
        awaitWork();
        for (long id = 0; id < 64; id++) {
            assertThat(connected.poll()).isEqualTo(new FeedRequest(id, 0, 5, 1));
        }
        assertThatExceptionOfType(FeedLostException.class)
                .isThrownBy(connected::poll)
                .withMessageContaining("handed out more requests than there was room for (at most 16)");
    }

    @Test
    void shouldGiveUpAFeedThatWasStartedAnew() throws Exception {
        FeedClient connected = connect(FeedTiming.DEFAULT);
        feed.hear();
        feed.say(FeedDown.newBuilder());
        feed.down().onNext(FeedDown.newBuilder().setRun(RUN + 1).build());
        assertLost(connected, "said run 4e; allowed is 4d as before");
    }

    @Test
    void shouldRefuseRoomThatWasNotAgreed() {
        FeedClient connected = connect(FeedTiming.DEFAULT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> connected.room(17))
                .withMessage("room is 17; allowed are 0 to 16");
        assertThatIllegalArgumentException().isThrownBy(() -> connected.room(-1));
    }

    private FeedClient connect(FeedTiming timing) {
        InetSocketAddress address =
                (InetSocketAddress) server.getListenSockets().get(0);
        Member member = Member.newBuilder().setId(42).build();
        FeedClientConfig config = new FeedClientConfig(address, 3, member, 16, timing);
        FeedClient connected = FeedClient.connect(config, group, System::nanoTime, work::release);
        client = connected;
        return connected;
    }

    private void awaitWork() throws InterruptedException {
        assertThat(work.tryAcquire(SECONDS, TimeUnit.SECONDS))
                .as("woken within %s s", SECONDS)
                .isTrue();
    }

    private void take(FeedClient connected, long id) throws InterruptedException {
        FeedRequest request = connected.poll();
        while (request == null) {
            awaitWork();
            request = connected.poll();
        }
        assertThat(request).isEqualTo(new FeedRequest(id, 0, 5, 1));
    }

    private void assertLost(FeedClient connected, String reason) throws InterruptedException {
        do {
            awaitWork();
        } while (!isLost(connected));
        assertThatExceptionOfType(FeedLostException.class)
                .isThrownBy(connected::poll)
                .withMessageStartingWith("feed /127.0.0.1:")
                .withMessageContaining(reason);
    }

    private static boolean isLost(FeedClient connected) {
        try {
            connected.isExhausted();
            return false;
        } catch (FeedLostException e) {
            return true;
        }
    }

    private static RequestHandout handout(long id) {
        return RequestHandout.newBuilder()
                .setRequest(id)
                .setPromptTokens(5)
                .setGeneratedTokens(1)
                .build();
    }

    private static HeldRequest held(long id, int attempt) {
        return HeldRequest.newBuilder().setRequest(id).setAttempt(attempt).build();
    }

    private static FinishedRequest finished(long id) {
        return FinishedRequest.newBuilder()
                .setRequest(id)
                .setPromptTokens(5)
                .setGeneratedTokens(1)
                .build();
    }

    /** A feed that keeps what it hears and says what it is told to. */
    private static final class HandFeed extends FeedServiceImplBase implements StreamObserver<FeedUp> {
        private final BlockingQueue<FeedUp> heard = new LinkedBlockingQueue<>();
        private volatile @Nullable StreamObserver<FeedDown> down;

        @Override
        public StreamObserver<FeedUp> pull(StreamObserver<FeedDown> stream) {
            down = stream;
            return this;
        }

        StreamObserver<FeedDown> down() {
            return Objects.requireNonNull(down, "no worker has opened its stream");
        }

        void say(FeedDown.Builder message) {
            down().onNext(message.setRun(RUN).build());
        }

        FeedUp hear() throws InterruptedException {
            FeedUp up = heard.poll(SECONDS, TimeUnit.SECONDS);
            assertThat(up).as("a message within %s s", SECONDS).isNotNull();
            return up;
        }

        /** The first message of the next stream. */
        FeedUp hearHello() throws InterruptedException {
            FeedUp up = hear();
            while (!up.hasMember()) {
                up = hear();
            }
            return up;
        }

        FeedUp hearUntilWithout(FinishedRequest request) throws InterruptedException {
            FeedUp up = hear();
            while (up.getFinishedList().contains(request)) {
                up = hear();
            }
            return up;
        }

        @Override
        public void onNext(FeedUp up) {
            heard.add(up);
        }

        @Override
        public void onError(Throwable broken) {
            // The client has gone, which is what ends most tests.
        }

        @Override
        public void onCompleted() {
            down().onCompleted();
        }
    }
}
