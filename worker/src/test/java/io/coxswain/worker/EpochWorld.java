package io.coxswain.worker;

import io.coxswain.v1.Abort;
import io.coxswain.v1.Action;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Gather;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobEnded;
import io.coxswain.v1.Member;
import io.coxswain.v1.Membership;
import io.coxswain.v1.RankInfo;
import io.coxswain.v1.RankSummary;
import io.coxswain.v1.Start;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepUp;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;
import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.tcp.TcpCollectiveBackend;
import io.coxswain.worker.collective.tcp.TcpConfig;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.feed.FeedRequest;
import io.coxswain.worker.feed.RequestFeed;
import io.coxswain.worker.forward.ForwardTimingTracker;
import io.coxswain.worker.net.ReplicaAddresses;
import io.coxswain.worker.net.Transports;
import io.coxswain.worker.runner.BatchLimits;
import io.coxswain.worker.runner.Batcher;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.RankStatistics;
import io.coxswain.worker.runner.StepLog;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.MemberStanding;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.ScriptedCoordinator;
import io.coxswain.worker.step.SessionConfig;
import io.coxswain.worker.step.SessionPorts;
import io.coxswain.worker.step.StepClient;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A member that goes through epochs on the test's thread, alone in most of them, and a coordinator that a test scripts. With
 * {@link #coordinate} and {@link #decide} it answers as a coordinator of a calm group would.
 */
final class EpochWorld implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final FeedRequest REQUEST = new FeedRequest(9, 0, 3, 4);

    private static final Term TERM =
            Term.newBuilder().setNumber(3).setCoordinatorId(77).build();
    private static final Member MEMBER = Member.newBuilder().setId(42).build();

    /** What a coordinator says; runs on the server's thread. */
    interface Script {
        void onControl(ControlUp up, StreamObserver<ControlDown> down);

        void onReport(StepReport report, StreamObserver<StepDown> down);
    }

    private final EventLoopGroup group = Transports.best().newSingleThreadGroup("control");
    private final Device device = CpuDevice.open(new CpuDeviceConfig(1));
    private final CollectiveBackend backend = TcpCollectiveBackend.open(
            device, new TcpConfig(InetAddress.getLoopbackAddress(), PATIENCE), System::nanoTime);
    private final PhaseBoard phases = new PhaseBoard();
    private final MemberStanding standing = new MemberStanding();
    private final EpochGate gate = new EpochGate(reason -> {});
    private final RankStatistics statistics = new RankStatistics(ForwardTimingTracker.instance());
    private final Batcher batcher = new Batcher(BatchLimits.DEFAULT);
    private final OneRequest feed = new OneRequest();
    private final ScriptedCoordinator coordinator;
    private final CoordinatorSession session;

    EpochWorld(Script script) throws IOException {
        coordinator = ScriptedCoordinator.of((up, down) -> onStep(script, up, down), script::onControl);
        Hello hello = Hello.newBuilder().setJob("job").setMember(MEMBER).build();
        var config = new SessionConfig(ReplicaAddresses.of("127.0.0.1", coordinator.port()), hello, PATIENCE);
        session = CoordinatorSession.connect(config, group, new SessionPorts(gate, phases, standing, System::nanoTime));
    }

    private static void onStep(Script script, StepUp up, StreamObserver<StepDown> down) {
        if (up.hasReport()) {
            script.onReport(up.getReport(), down);
        }
    }

    /** Runs until there is no epoch to follow. */
    Optional<GroupMembership> run(Model model) throws InterruptedException {
        try (StepClient steps =
                StepClient.connect(session.awaitWelcome(PATIENCE).stepTarget(), standing, phases)) {
            gate.guard(steps);
            var connector = new EpochConnector(session, backend, gate);
            try (PlannedEpochs planned = new PlannedEpochs(connector)) {
                gate.guard(planned);
                var parts = new EpochLoop.Group(session, steps, connector, planned);
                var work = new EpochLoop.Work(feed, batcher, model, StepLog.NONE, phases);
                var seat = new EpochLoop.Seat("job", MEMBER, 0);
                return new EpochLoop(seat, parts, new ForwardBody(work, statistics)).run(PATIENCE);
            }
        }
    }

    ScriptedCoordinator coordinator() {
        return coordinator;
    }

    List<ExecutedRequest> finished() {
        return feed.finished;
    }

    RankSummary summary() {
        return statistics.summary(batcher).build();
    }

    @Override
    public void close() throws InterruptedException {
        session.close();
        coordinator.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        backend.close();
        device.close();
    }

    /** Takes the member in, and starts epoch 1 and every other as soon as it is prepared. */
    static void coordinate(ControlUp up, StreamObserver<ControlDown> down) {
        switch (up.getBodyCase()) {
            case HELLO -> {
                down.onNext(welcome());
                down.onNext(membership(1));
            }
            case COMMUNICATOR_ID ->
                down.onNext(ControlDown.newBuilder()
                        .setCommunicatorId(up.getCommunicatorId())
                        .build());
            case PREPARED -> down.onNext(start(up.getPrepared().getEpoch()));
            default -> {
                // Nothing that needs an answer.
            }
        }
    }

    /** Has the member run what it has, and stops the job when it has nothing more. */
    static void decide(StepReport report, StreamObserver<StepDown> down) {
        boolean done = report.getNumTokens() == 0 && report.getVotes(0) == 1;
        if (done || report.getNumTokens() > 0) {
            decide(report, done ? Action.ACTION_STOP : Action.ACTION_RUN, down);
        }
    }

    static void decide(StepReport report, Action action, StreamObserver<StepDown> down) {
        StepDecision.Builder decision = StepDecision.newBuilder()
                .setTerm(TERM)
                .setEpoch(report.getEpoch())
                .setStep(report.getStep())
                .addRevisions(report.getRevision())
                .setAction(action);
        if (action == Action.ACTION_RUN) {
            decision.addNumTokensAcrossDp(report.getNumTokens())
                    .setMicrobatches(1)
                    .setGather(Gather.GATHER_PADDED);
        }
        down.onNext(StepDown.newBuilder().setTerm(TERM).setDecision(decision).build());
    }

    static ControlDown welcome() {
        Welcome welcome = Welcome.newBuilder()
                .setTerm(TERM)
                .setHeartbeatIntervalNanos(TimeUnit.MILLISECONDS.toNanos(100))
                .setHeartbeatTimeoutNanos(TimeUnit.SECONDS.toNanos(30))
                .build();
        return ControlDown.newBuilder().setWelcome(welcome).build();
    }

    /** The member is alone in it. */
    static ControlDown membership(long number) {
        return membership(number, List.of(own()));
    }

    static ControlDown membership(long number, List<RankInfo> ranks) {
        return ControlDown.newBuilder()
                .setMembership(Membership.newBuilder()
                        .setTerm(TERM)
                        .setEpoch(epoch(number))
                        .addAllRanks(ranks)
                        .setPrepareTimeoutNanos(PATIENCE.toNanos()))
                .build();
    }

    static ControlDown planned(long number, long replaced) {
        ControlDown.Builder planned = membership(number).toBuilder();
        planned.getMembershipBuilder().setReplaces(epoch(replaced));
        return planned.build();
    }

    static RankInfo own() {
        return RankInfo.newBuilder()
                .setMember(MEMBER)
                .setCollectiveAddress("127.0.0.1:1")
                .build();
    }

    static ControlDown start(Epoch epoch) {
        return ControlDown.newBuilder()
                .setStart(Start.newBuilder().setTerm(TERM).setEpoch(epoch))
                .build();
    }

    static ControlDown abort(long number) {
        return ControlDown.newBuilder()
                .setAbort(
                        Abort.newBuilder().setTerm(TERM).setEpoch(epoch(number)).setReason("rank 1 has gone"))
                .build();
    }

    static ControlDown jobEnded(JobEnded.Outcome outcome) {
        return ControlDown.newBuilder()
                .setJobEnded(JobEnded.newBuilder().setOutcome(outcome).setReason("as scripted"))
                .build();
    }

    static Epoch epoch(long number) {
        return Epoch.newBuilder().setCreatingTerm(TERM).setNumber(number).build();
    }

    /** A feed of {@link #REQUEST}. */
    private static final class OneRequest implements RequestFeed {
        private final Queue<FeedRequest> arrived = new ArrayDeque<>(List.of(REQUEST));
        private final List<ExecutedRequest> finished = new ArrayList<>();

        @Override
        public @Nullable FeedRequest poll() {
            return arrived.poll();
        }

        @Override
        public void room(int requests) {
            // It has no more than the one.
        }

        @Override
        public void finished(ExecutedRequest request) {
            finished.add(request);
        }

        @Override
        public void progress(long steps, long realTokens, long paddedTokens, long nowNanos) {
            // Nobody looks.
        }

        @Override
        public boolean isExhausted() {
            return !finished.isEmpty();
        }
    }
}
