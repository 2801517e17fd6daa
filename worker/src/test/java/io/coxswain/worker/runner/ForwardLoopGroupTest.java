package io.coxswain.worker.runner;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.coordinator.grpc.CoordinatorServer;
import io.coxswain.v1.CapturedSet;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobEnded;
import io.coxswain.v1.JobSettings;
import io.coxswain.v1.Member;
import io.coxswain.v1.VoteDefinition;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.forward.ForwardTimingTracker;
import io.coxswain.worker.net.ReplicaAddresses;
import io.coxswain.worker.net.Transports;
import io.coxswain.worker.step.Admission;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.EpochAbort;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.JobEnd;
import io.coxswain.worker.step.MemberStanding;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.SessionConfig;
import io.coxswain.worker.step.SessionListener;
import io.coxswain.worker.step.SessionPorts;
import io.coxswain.worker.step.StepClient;
import io.coxswain.worker.step.StepSeat;
import io.coxswain.worker.step.StepStream;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks and the real coordinator. */
@Timeout(60)
class ForwardLoopGroupTest {

    private static final int WORLD_SIZE = 2;
    private static final int MAX_TOKENS = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(50);

    @TempDir
    private Path directory;

    /** What a rank had done when the job stopped. */
    private record Ending(StubFeed feed, RecordingModel model, RankStatistics statistics, JobEnd end) {}

    @Test
    void shouldRunTheSameShapesOnAllRanksUntilTheCoordinatorStopsTheJob() throws Exception {
        EventLoopGroup loops = Transports.best().newSingleThreadGroup("control");
        ExecutorService ranks = Executors.newFixedThreadPool(WORLD_SIZE);
        try (var server = server()) {
            String address = server.start(config(), new TermId(1, 0xc0), listener());
            int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            Future<Ending> busy = ranks.submit(
                    () -> run(0, port, loops, List.of(new FeedRequest(1, 0, 100, 5), new FeedRequest(2, 0, 10, 20))));
            Future<Ending> idle = ranks.submit(() -> run(1, port, loops, List.of(new FeedRequest(3, 0, 1, 3))));

            Ending first = busy.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            Ending second = idle.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

            assertThat(first.feed().finished).hasSize(2);
            assertThat(second.feed().finished).hasSize(1);
            assertThat(first.model().passes)
                    .hasSameSizeAs(second.model().passes)
                    .isNotEmpty();
            assertThat(first.model().passes)
                    .extracting(pass -> pass.rows() + " " + pass.layout() + " "
                            + pass.context().graphMode())
                    .isEqualTo(second.model().passes.stream()
                            .map(pass -> pass.rows() + " " + pass.layout() + " "
                                    + pass.context().graphMode())
                            .toList());
            // Computed are all tokens but the last one generated of each request.
            assertThat(first.statistics().realTokens()).isEqualTo(100 + 4 + 10 + 19);
            assertThat(second.statistics().realTokens()).isEqualTo(1 + 2);
            assertThat(List.of(first.end(), second.end()))
                    .extracting(JobEnd::outcome)
                    .containsOnly(JobEnded.Outcome.OUTCOME_STOPPED);
        } finally {
            ranks.shutdownNow();
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    private static Ending run(int place, int port, EventLoopGroup loops, List<FeedRequest> requests)
            throws InterruptedException {
        var phases = new PhaseBoard();
        var standing = new MemberStanding();
        var feed = new StubFeed(requests.size());
        requests.forEach(feed::arrive);
        var model = new RecordingModel(phases);
        var statistics = new RankStatistics(new ForwardTimingTracker(Duration.ofSeconds(60), System::nanoTime));
        Hello hello = hello(place);
        var where = new SessionConfig(ReplicaAddresses.of("127.0.0.1", port), hello, PATIENCE);
        try (var session = CoordinatorSession.connect(
                where, loops, new SessionPorts(new Deaf(), phases, standing, System::nanoTime))) {
            Admission admission = session.awaitWelcome(PATIENCE);
            GroupMembership group = session.awaitMembership(PATIENCE);
            session.prepared(group);
            session.awaitStart(group, PATIENCE);
            var seat = new StepSeat("job", hello.getMember(), place, group.epoch(), group.worldSize());
            try (StepClient steps = StepClient.connect(admission.stepTarget(), standing, phases);
                    StepStream stream = steps.open(seat)) {
                var batcher = new Batcher(new BatchLimits(MAX_TOKENS, 4));
                var parts = new ForwardLoop.Parts(stream, feed, batcher, model, StepLog.NONE, phases);
                new ForwardLoop(group.rank(), parts, statistics, System::nanoTime).run();
            }
            return new Ending(feed, model, statistics, session.awaitJobEnd(PATIENCE));
        }
    }

    private static Hello hello(int place) {
        return Hello.newBuilder()
                .setJob("job")
                .setMember(Member.newBuilder().setId(100 + place))
                .setPlace(place)
                .setSettings(JobSettings.newBuilder()
                        .setWorldSize(WORLD_SIZE)
                        .addAllCaptureSizes(List.of(1, 2, 4, 8))
                        .setGraphMode(JobSettings.GraphSetting.GRAPH_SETTING_FULL_AND_PIECEWISE)
                        .setMaxRequests(4)
                        .setDecodeQueryLength(1)
                        .setMicrobatches(1)
                        .setDecodeThreshold(32)
                        .setPrefillThreshold(512)
                        .setMaxTokensPerStep(MAX_TOKENS)
                        .addVotes(VoteDefinition.newBuilder()
                                .setName("finished")
                                .setReducer(VoteDefinition.Reducer.REDUCER_ALL)))
                .setCaptured(CapturedSet.newBuilder().setAll(true))
                .build();
    }

    private CoordinatorServer server() {
        var address = new CoordinatorServer.Address("127.0.0.1", 0, "127.0.0.1", directory.resolve("steps.sock"));
        return new CoordinatorServer(address);
    }

    private static EngineListener listener() {
        return new EngineListener() {
            @Override
            public void onTransition(Effect.Transitioned transition) {
                // The ranks are told by their sessions.
            }

            @Override
            public void onDefect(RuntimeException defect) {
                throw defect;
            }
        };
    }

    private static GroupConfig config() {
        long patience = PATIENCE.toNanos();
        long heartbeat = TimeUnit.SECONDS.toNanos(5);
        return new GroupConfig(
                "job",
                WORLD_SIZE,
                new GroupConfig.Timeouts(
                        patience, patience, patience, patience, heartbeat, patience, heartbeat, patience, patience),
                GroupConfig.Resilience.failing(WORLD_SIZE));
    }

    /** Whatever ends an epoch before its time fails the test elsewhere. */
    private static final class Deaf implements SessionListener {
        @Override
        public void onAbort(EpochAbort abort) {
            // The step stream breaks.
        }

        @Override
        public void onJobEnded(JobEnd end) {
            // The loop ends with the STOP.
        }

        @Override
        public void onCoordinatorLost(String reason) {
            // The step stream breaks.
        }
    }
}
