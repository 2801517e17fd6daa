package io.coxswain.worker;

import io.coxswain.v1.CapturedSet;
import io.coxswain.v1.Hello;
import io.coxswain.v1.Member;
import io.coxswain.v1.RankInfo;
import io.coxswain.v1.RankSummary;
import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.tcp.TcpCollectiveBackend;
import io.coxswain.worker.collective.tcp.TcpConfig;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import io.coxswain.worker.feed.FeedClient;
import io.coxswain.worker.feed.FeedClientConfig;
import io.coxswain.worker.feed.FeedTiming;
import io.coxswain.worker.forward.ForwardTimingTracker;
import io.coxswain.worker.runner.Batcher;
import io.coxswain.worker.runner.ForwardLoop;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.RankStatistics;
import io.coxswain.worker.runner.Verification;
import io.coxswain.worker.runner.ffn.FfnModel;
import io.coxswain.worker.step.Admission;
import io.coxswain.worker.step.CoordinatorLostException;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.JobEnd;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.PromisedTerm;
import io.coxswain.worker.step.SessionConfig;
import io.coxswain.worker.step.SessionException;
import io.coxswain.worker.step.SessionPorts;
import io.coxswain.worker.step.StepClient;
import io.coxswain.worker.step.StepException;
import io.coxswain.worker.step.StepSeat;
import io.coxswain.worker.step.StepStream;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One rank from its hello to the job's end. Runs on the thread that calls {@link #run}, which is the forward thread; the
 * control stream and the feed share one event loop beside it.
 */
final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration REHEARSAL_BUDGET = Duration.ofSeconds(2);
    private static final Duration FAREWELL = Duration.ofSeconds(3);

    private final WorkerConfig config;
    private final Member member;
    private final PhaseBoard phases = new PhaseBoard();
    private final PromisedTerm promisedTerm = new PromisedTerm();
    private final EpochGate gate = new EpochGate();
    private final RankStatistics statistics = new RankStatistics(ForwardTimingTracker.instance());

    Worker(WorkerConfig config) {
        this.config = config;
        this.member = Member.newBuilder()
                .setId(new SecureRandom().nextLong() | 1)
                .setAttempt(config.seat().attempt())
                .build();
    }

    /**
     * Runs to the job's STOP.
     *
     * @return what was verified; empty where that was not asked for
     */
    Optional<Verification> run(EventLoopGroup loops) throws InterruptedException, UnknownHostException {
        WorkerConfig.Network network = config.network();
        TcpConfig tcp = new TcpConfig(InetAddress.getByName(network.bind()), network.collectiveTimeout());
        try (Device device = openDevice();
                CollectiveBackend backend = TcpCollectiveBackend.open(device, tcp, System::nanoTime);
                CoordinatorSession session = join(loops, device, backend)) {
            Admission admission = session.awaitWelcome(network.joinTimeout());
            try (StepClient steps = StepClient.connect(admission.stepTarget(), promisedTerm, phases)) {
                gate.guard(steps);
                rehearse(steps);
                return serve(new Joined(loops, session, steps, admission.place()), device, backend);
            } catch (CollectiveException | StepException broken) {
                throw explained(session, broken);
            }
        }
    }

    private Device openDevice() {
        return switch (config.run().device()) {
            case CPU -> CpuDevice.open(new CpuDeviceConfig(config.run().blasThreads()));
        };
    }

    /** What breaks a collective or a step here is seldom its cause; the coordinator knows the culprit a moment later. */
    private static RuntimeException explained(CoordinatorSession session, RuntimeException broken)
            throws InterruptedException {
        try {
            JobEnd end = session.awaitJobEnd(FAREWELL);
            return new GroupLostException(end.reason(), broken);
        } catch (SessionException noVerdict) {
            broken.addSuppressed(noVerdict);
            return noVerdict instanceof CoordinatorLostException
                    ? noVerdict
                    : new GroupLostException(String.valueOf(broken.getMessage()), broken);
        }
    }

    /** What a member has once it is taken. */
    private record Joined(EventLoopGroup loops, CoordinatorSession session, StepClient steps, int place) {}

    private CoordinatorSession join(EventLoopGroup loops, Device device, CollectiveBackend backend)
            throws UnknownHostException {
        WorkerConfig.Network network = config.network();
        String peers = network.advertiseAddress() + ":" + backend.localAddress().getPort();
        Hello hello = Hello.newBuilder()
                .setJob(config.seat().job())
                .setMember(member)
                .setPlace(config.seat().place())
                .setHost(InetAddress.getLocalHost().getHostName())
                .setPid((int) ProcessHandle.current().pid())
                .setDevice(device.name())
                .setCollectiveAddress(peers)
                .setSettings(config.toJobSettings())
                .setCaptured(CapturedSet.newBuilder().setAll(true))
                .build();
        var where = new SessionConfig(
                network.coordinator().host(), network.coordinator().port(), hello);
        return CoordinatorSession.connect(where, loops, new SessionPorts(gate, phases, promisedTerm, System::nanoTime));
    }

    /** The JVM compiles the step's path in the time that the other ranks take to come. */
    private void rehearse(StepClient steps) {
        if (config.run().rehearsalSteps() > 0) {
            int done = steps.rehearse(config.run().rehearsalSteps(), REHEARSAL_BUDGET);
            LOG.debug("rehearsed {} agreements", done);
        }
    }

    private Optional<Verification> serve(Joined joined, Device device, CollectiveBackend backend)
            throws InterruptedException {
        CoordinatorSession session = joined.session();
        GroupMembership group = session.awaitMembership(config.network().joinTimeout());
        var batcher = new Batcher(config.batch());
        try (Communicator communicator = prepare(session, group, backend);
                Model model = model(device);
                FeedClient feed = feed(joined)) {
            model.attach(communicator);
            session.prepared(group);
            session.awaitStart(group, group.prepareTimeout());
            runLoop(joined, group, new Work(feed, batcher, model));
            session.awaitJobEnd(FAREWELL);
            feed.submitSummary(summary(group, device.name(), new Work(feed, batcher, model)), FAREWELL);
            session.leave("the job has ended", FAREWELL);
            return model.verification();
        }
    }

    /** What a rank runs. */
    private record Work(FeedClient feed, Batcher batcher, Model model) {}

    private FeedClient feed(Joined joined) {
        WorkerConfig.HostPort at = config.network().feed();
        var feed = new FeedClientConfig(
                new InetSocketAddress(at.host(), at.port()),
                joined.place(),
                member,
                config.batch().maxRequests(),
                FeedTiming.DEFAULT);
        return FeedClient.connect(feed, joined.loops(), System::nanoTime, joined.steps()::wakeUp);
    }

    private Model model(Device device) {
        return switch (config.run().verification()) {
            case NONE -> FfnModel.unverified(device, config.model());
            case EVERY_ROW -> FfnModel.verified(device, config.model());
        };
    }

    /** Connects the ranks' collectives: rank 0 names the group, all get the name, all connect. */
    private Communicator prepare(CoordinatorSession session, GroupMembership group, CollectiveBackend backend)
            throws InterruptedException {
        if (group.rank() == 0) {
            session.publishCommunicatorId(group, backend.createId().toByteArray());
        }
        byte[] id = session.awaitCommunicatorId(group, group.prepareTimeout());
        List<InetSocketAddress> peers = group.ranks().stream()
                .map(RankInfo::getCollectiveAddress)
                .map(address -> WorkerConfig.HostPort.parse("collective_address", address))
                .map(address -> new InetSocketAddress(address.host(), address.port()))
                .toList();
        String epoch = Long.toString(group.number());
        Communicator communicator = backend.create(
                new GroupSpec(epoch, CommunicatorId.of(id), group.rank(), peers, group.prepareTimeout()));
        gate.guard(communicator);
        try {
            communicator.connect();
            return communicator;
        } catch (CollectiveException failed) {
            session.preparationFailed(group, String.valueOf(failed.getMessage()));
            communicator.close();
            throw failed;
        }
    }

    private void runLoop(Joined joined, GroupMembership group, Work work) {
        var seat = new StepSeat(config.seat().job(), member, joined.place(), group.epoch(), group.worldSize());
        try (StepStream stream = joined.steps().open(seat)) {
            var parts = new ForwardLoop.Parts(stream, work.feed(), work.batcher(), work.model(), phases);
            new ForwardLoop(group.rank(), parts, statistics, System::nanoTime).run();
        }
    }

    private RankSummary summary(GroupMembership group, String device, Work work) {
        RankSummary.Builder summary = statistics
                .summary(work.batcher())
                .setRank(group.rank())
                .setPlace(group.ranks().get(group.rank()).getPlace())
                .setDevice(device);
        work.model().verification().ifPresent(found -> summary.setVerification(RankStatistics.summary(found)));
        return summary.build();
    }
}
