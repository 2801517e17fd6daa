package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.coxswain.v1.Member;
import io.coxswain.v1.RankSummary;
import io.coxswain.worker.net.Transports;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Server and clients over real sockets. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FeedReplayTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final EventLoopGroup group = Transports.best().newSingleThreadGroup("test-feed-client");
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final RecordingListener listener = new RecordingListener();

    @AfterEach
    void stopTheThreads() {
        threads.shutdownNow();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    @Test
    void shouldShareATraceBetweenTwoWorkers() throws Exception {
        Trace trace = SyntheticTrace.generate(3, 500);
        try (FeedServer server = serve(trace, ReplaySpeed.AS_FAST_AS_POSSIBLE);
                Worker first = new Worker(server.address(), 0, 8);
                Worker second = new Worker(server.address(), 1, 8)) {
            first.getFirstRequests();
            second.getFirstRequests();
            CompletableFuture.allOf(first.start(), second.start()).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);

            assertThat(first.requests + second.requests).isEqualTo(500);
            assertThat(first.promptTokens + second.promptTokens).isEqualTo(trace.totalPromptTokens());
            assertThat(first.generatedTokens + second.generatedTokens).isEqualTo(trace.totalGeneratedTokens());
            assertThat(first.requests).isPositive();
            assertThat(second.requests).isPositive();
        }
        assertThat(listener.completed).isSorted().endsWith(500L);
        assertThat(listener.progress).containsOnlyKeys(0, 1);
    }

    @Test
    void shouldTellAllWorkersThatAnEmptyTraceIsExhausted() throws Exception {
        try (FeedServer server = serve(SyntheticTrace.generate(0, 0), new ReplaySpeed(1));
                Worker first = new Worker(server.address(), 0, 1);
                Worker second = new Worker(server.address(), 1, 1)) {
            CompletableFuture.allOf(first.start(), second.start()).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            assertThat(first.requests + second.requests).isZero();
        }
    }

    @Test
    void shouldTellAWorkerThatComesWhenAllIsDone() throws Exception {
        try (FeedServer server = serve(SyntheticTrace.generate(0, 3), ReplaySpeed.AS_FAST_AS_POSSIBLE);
                Worker first = new Worker(server.address(), 0, 4)) {
            first.start().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            try (Worker late = new Worker(server.address(), 1, 4)) {
                late.start().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
                assertThat(late.requests).isZero();
            }
        }
    }

    @Test
    void shouldHandOutTheRequestsOfAPacedReplayWhenTheyAreDue() throws Exception {
        Trace trace = new Trace.Builder("paced")
                .add(1, 1, 0)
                .add(2, 1, TimeUnit.SECONDS.toNanos(10))
                .add(3, 1, TimeUnit.SECONDS.toNanos(20))
                .build();
        AtomicLong clock = new AtomicLong(-5);
        try (FeedServer server = serve(trace, new ReplaySpeed(100), clock::get);
                Worker worker = new Worker(server.address(), 0, 8)) {
            worker.client.room(8);
            for (int due = 0; due < 3; due++) {
                worker.awaitWork();
                assertThat(worker.takeAll()).extracting(FeedRequest::id).containsExactly((long) due);
                clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }

    @Test
    void shouldTakeOneSummaryOfEachMember() throws Exception {
        RankSummary summary = RankSummary.newBuilder()
                .setPlace(1)
                .setRank(0)
                .setMember(Member.newBuilder().setId(101))
                .setSteps(7)
                .build();
        try (FeedServer server = serve(SyntheticTrace.generate(0, 0), ReplaySpeed.AS_FAST_AS_POSSIBLE);
                Worker worker = new Worker(server.address(), 1, 1)) {
            worker.client.submitSummary(summary, DEADLINE);
            assertThat(listener.summaries).containsExactly(summary);

            assertThatExceptionOfType(FeedLostException.class)
                    .isThrownBy(() -> worker.client.submitSummary(summary, DEADLINE))
                    .withMessageContaining("ALREADY_EXISTS: this member of place 1 has submitted its summary before");
            RankSummary stranger = summary.toBuilder().setPlace(2).build();
            assertThatExceptionOfType(FeedLostException.class)
                    .isThrownBy(() -> worker.client.submitSummary(stranger, DEADLINE))
                    .withMessageContaining("INVALID_ARGUMENT: place is 2; allowed are 0 to 1");
            RankSummary nobody = summary.toBuilder().clearMember().build();
            assertThatExceptionOfType(FeedLostException.class)
                    .isThrownBy(() -> worker.client.submitSummary(nobody, DEADLINE))
                    .withMessageContaining("INVALID_ARGUMENT: member.id is 0 or absent");
        }
        assertThat(listener.summaries).hasSize(1);
    }

    @Test
    void shouldExecuteEveryRequestOnceOverAConnectionThatIsCutAgainAndAgain() throws Exception {
        Trace trace = SyntheticTrace.generate(5, 400);
        try (FeedServer server = serve(trace, ReplaySpeed.AS_FAST_AS_POSSIBLE);
                CuttableProxy proxy = CuttableProxy.to(server.address(), threads);
                Worker worker = new Worker(proxy.address(), 0, 16, FeedClientTest.QUICK_TO_REPEAT)) {
            worker.afterEach(50, proxy::cut);
            worker.start().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);

            assertThat(proxy.cuts()).isGreaterThanOrEqualTo(5);
            assertThat(worker.requests).isEqualTo(400);
            TracePlayer.Totals totals = server.totals();
            assertThat(totals.requests()).isEqualTo(400);
            assertThat(totals.promptTokens()).isEqualTo(trace.totalPromptTokens());
            assertThat(totals.generatedTokens()).isEqualTo(trace.totalGeneratedTokens());
        }
    }

    @Test
    void shouldSayThatTheFeedIsLostWhenItsServerEnds() throws Exception {
        try (FeedServer server = serve(SyntheticTrace.generate(0, 3), ReplaySpeed.AS_FAST_AS_POSSIBLE);
                Worker worker = new Worker(server.address(), 0, 4, FeedClientTest.IMPATIENT)) {
            worker.client.room(1);
            worker.awaitWork();
            assertThat(worker.takeAll()).hasSize(1);
            server.close();
            worker.awaitWork();
            assertThatExceptionOfType(FeedLostException.class)
                    .isThrownBy(worker.client::poll)
                    .withMessageContaining("feed " + server.address() + " closed the stream with ");
            assertThatExceptionOfType(FeedLostException.class).isThrownBy(worker.client::isExhausted);
        }
    }

    @Test
    void shouldSayThatNothingListensAtTheAddress() throws Exception {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) socket.getLocalSocketAddress();
        }
        try (Worker worker = new Worker(nobody, 0, 4)) {
            worker.awaitWork();
            assertThatExceptionOfType(FeedLostException.class)
                    .isThrownBy(worker.client::poll)
                    .withMessageContaining("feed " + nobody)
                    .withMessageContaining("Connection refused");
        }
    }

    @Test
    void shouldNameTheAddressThatCannotBeBound() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) taken.getLocalSocketAddress();
            TracePlayer player = new TracePlayer(SyntheticTrace.generate(0, 0), ReplaySpeed.AS_FAST_AS_POSSIBLE);
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() ->
                            FeedServer.start(new FeedServerConfig(address, 1), player, listener, System::nanoTime))
                    .withMessageContaining("cannot listen on " + address);
        }
    }

    private FeedServer serve(Trace trace, ReplaySpeed speed) throws IOException {
        return serve(trace, speed, System::nanoTime);
    }

    private FeedServer serve(Trace trace, ReplaySpeed speed, LongSupplier clock) throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return FeedServer.start(new FeedServerConfig(anyPort, 2), new TracePlayer(trace, speed), listener, clock);
    }

    /** Takes requests, a few at a time, and finishes those of one round in the next, until the feed is exhausted. */
    private final class Worker implements AutoCloseable {
        private final Semaphore work = new Semaphore(0);
        private final FeedClient client;
        private final int capacity;
        private long requests;
        private long promptTokens;
        private long generatedTokens;
        private int callbackPeriod = Integer.MAX_VALUE;
        private Runnable onPeriod = () -> {};

        Worker(InetSocketAddress feed, int place, int capacity) {
            this(feed, place, capacity, FeedTiming.DEFAULT);
        }

        Worker(InetSocketAddress feed, int place, int capacity, FeedTiming timing) {
            Member member = Member.newBuilder().setId(100 + place).build();
            FeedClientConfig config = new FeedClientConfig(feed, place, member, capacity, timing);
            this.client = FeedClient.connect(config, group, System::nanoTime, work::release);
            this.capacity = capacity;
        }

        /** Leaves them where they are, and the wake-up too. */
        void getFirstRequests() {
            client.room(capacity);
            awaitWork();
            work.release();
        }

        CompletableFuture<Void> start() {
            return CompletableFuture.runAsync(this::run, threads);
        }

        private void run() {
            client.progress(1, 2, 3, System.nanoTime());
            client.room(capacity);
            while (!client.isExhausted()) {
                awaitWork();
                takeAll().forEach(this::execute);
                client.room(capacity);
            }
        }

        private List<FeedRequest> takeAll() {
            List<FeedRequest> taken = new ArrayList<>();
            for (FeedRequest request = client.poll(); request != null; request = client.poll()) {
                taken.add(request);
            }
            return taken;
        }

        /** Calls back on its own thread after every so many requests. */
        void afterEach(int count, Runnable callback) {
            callbackPeriod = count;
            onPeriod = callback;
        }

        private void execute(FeedRequest request) {
            requests++;
            if (requests % callbackPeriod == 0) {
                onPeriod.run();
            }
            promptTokens += request.promptTokens();
            generatedTokens += request.generatedTokens();
            client.finished(new ExecutedRequest(
                    request.id(), request.attempt(), request.promptTokens(), request.generatedTokens()));
        }

        void awaitWork() {
            try {
                assertThat(work.tryAcquire(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                        .as("woken within %s", DEADLINE)
                        .isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
