package io.coxswain.worker;

import io.coxswain.v1.Hello;
import io.coxswain.v1.Member;
import io.coxswain.v1.RankSummary;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.GraphDevice;
import io.coxswain.worker.feed.FeedClient;
import io.coxswain.worker.feed.FeedClientConfig;
import io.coxswain.worker.feed.FeedTiming;
import io.coxswain.worker.forward.ForwardTimingTracker;
import io.coxswain.worker.health.VitalSigns;
import io.coxswain.worker.runner.Batcher;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.ModelFactory;
import io.coxswain.worker.runner.RankStatistics;
import io.coxswain.worker.runner.StepLog;
import io.coxswain.worker.runner.Verification;
import io.coxswain.worker.runner.ffn.FfnModel;
import io.coxswain.worker.step.Admission;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.MemberStanding;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.SessionConfig;
import io.coxswain.worker.step.SessionPorts;
import io.coxswain.worker.step.SessionTimeoutException;
import io.coxswain.worker.step.StepClient;
import io.coxswain.worker.step.StepException;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member from its hello to the job's end, through as many epochs as there are. Runs on the thread that calls {@link #run},
 * which is the forward thread; the control stream and the feed share one event loop beside it, and a planned epoch is prepared on
 * a thread of its own.
 */
final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration REHEARSAL_BUDGET = Duration.ofSeconds(2);

    private final WorkerConfig config;
    private final Member member;
    private final PhaseBoard phases = new PhaseBoard();
    private final MemberStanding standing = new MemberStanding();
    private final EpochGate gate;
    private final RankStatistics statistics = new RankStatistics(ForwardTimingTracker.instance());
    private volatile @Nullable CoordinatorSession session;

    /** @param onDrainRefused called on the session's event loop; must not block */
    Worker(WorkerConfig config, Consumer<String> onDrainRefused) {
        this.config = config;
        this.gate = new EpochGate(onDrainRefused);
        this.member = Introduction.newMember(config);
    }

    /**
     * Asks the coordinator to let this member leave. Any thread.
     *
     * @return false where there is no coordinator to ask
     */
    boolean wishDrain(String reason) {
        CoordinatorSession current = session;
        if (current == null) {
            return false;
        }
        current.wishDrain(reason);
        return true;
    }

    /**
     * Runs to the job's STOP, or until the member was drained.
     *
     * @return what was verified; empty where that was not asked for
     */
    Optional<Verification> run(EventLoopGroup loops) throws InterruptedException, IOException {
        WorkerConfig.Network network = config.network();
        InetAddress bind = InetAddress.getByName(network.listen().bind());
        var collectives =
                new Hardware.Collectives(bind, network.listen().collectivePorts(), network.collectiveTimeout());
        try (Hardware hardware = Hardware.open(config.run().hardware(), collectives);
                CoordinatorSession joining = join(loops, hardware)) {
            session = joining;
            Admission admission = joining.awaitWelcome(network.joinTimeout());
            try (StepLog log = config.openStepLog(admission.attempt());
                    StepClient steps = StepClient.connect(admission.stepTarget(), standing, phases)) {
                gate.guard(steps);
                rehearse(steps, joining);
                return serve(new Joined(loops, joining, steps, admission), hardware, log);
            }
        }
    }

    /**
     * What can be seen of this member.
     *
     * @param loopTurns how often the control stream's event loop has come round
     */
    VitalSigns vitalSigns(LongSupplier loopTurns) {
        return new WorkerSigns(() -> Optional.ofNullable(session), phases, standing, loopTurns);
    }

    /** What a member has once it is taken. */
    private record Joined(EventLoopGroup loops, CoordinatorSession session, StepClient steps, Admission admission) {}

    /** This member, as the coordinator has numbered it. */
    private Member numbered(Admission admission) {
        return member.toBuilder().setAttempt(admission.attempt()).build();
    }

    private CoordinatorSession join(EventLoopGroup loops, Hardware hardware) throws IOException, InterruptedException {
        WorkerConfig.Network network = config.network();
        CapturedGraphs captured = hardware.device() instanceof GraphDevice ? CapturedGraphs.NONE : CapturedGraphs.ALL;
        Hello hello = Introduction.of(config, member, hardware)
                .setSettings(config.toJobSettings(hardware.backend().name()))
                .setCaptured(captured.toMessage())
                .build();
        var where = new SessionConfig(network.coordinator(), hello, network.joinTimeout());
        return CoordinatorSession.connect(where, loops, new SessionPorts(gate, phases, standing, System::nanoTime));
    }

    /**
     * The JVM compiles the step's path in the time that the other ranks take to come. One for whom a group stands still does without:
     * the first steps are slower by less.
     */
    private void rehearse(StepClient steps, CoordinatorSession joined) {
        int wanted = config.run().rehearsalSteps();
        if (wanted == 0) {
            return;
        }
        try {
            int done = steps.rehearse(wanted, REHEARSAL_BUDGET, joined::isWaitedFor);
            LOG.debug("rehearsed {} agreements", done);
        } catch (StepException broken) {
            // What is wrong with the coordinator shows on the control stream; the job does not depend on a rehearsal.
            LOG.info("the rehearsal broke off: {}", broken.getMessage());
        }
    }

    private Optional<Verification> serve(Joined joined, Hardware hardware, StepLog log) throws InterruptedException {
        var connector = new EpochConnector(joined.session(), hardware.backend(), gate);
        Device device = hardware.device();
        try (PlannedEpochs planned = new PlannedEpochs(connector);
                Model model = model(device);
                FeedClient feed = feed(joined)) {
            gate.guard(planned);
            var batcher = new Batcher(config.batch());
            var seat = new EpochLoop.Seat(
                    config.seat().job(),
                    numbered(joined.admission()),
                    joined.admission().place());
            var work = new EpochLoop.Work(feed, batcher, model, log, phases);
            var epochs = new EpochLoop(
                    seat,
                    new EpochLoop.Group(joined.session(), joined.steps(), connector, planned),
                    new ForwardBody(work, statistics));
            Optional<GroupMembership> last = epochs.run(config.network().joinTimeout());
            if (last.isPresent()) {
                RankSummary summary = summary(last.get(), device.name(), batcher, model)
                        .setMember(numbered(joined.admission()))
                        .build();
                feed.submitSummary(summary, EpochLoop.FAREWELL);
            }
            sayGoodbye(joined.session());
            return model.verification();
        }
    }

    /** Whether or not the coordinator hears it: this member has done its part. */
    private static void sayGoodbye(CoordinatorSession joined) throws InterruptedException {
        try {
            joined.leave("the job has ended, or goes on without this member", EpochLoop.FAREWELL);
        } catch (SessionTimeoutException unheard) {
            LOG.warn("{}", unheard.getMessage());
        }
    }

    private FeedClient feed(Joined joined) {
        WorkerConfig.HostPort at =
                Objects.requireNonNull(config.network().feed(), "a worker that runs a model has a feed");
        var feed = new FeedClientConfig(
                new InetSocketAddress(at.host(), at.port()),
                joined.admission().place(),
                numbered(joined.admission()),
                config.batch().maxRequests(),
                FeedTiming.DEFAULT);
        return FeedClient.connect(feed, joined.loops(), System::nanoTime, joined.steps()::wakeUp);
    }

    private Model model(Device device) {
        Optional<ModelFactory> own = config.model().factory();
        if (own.isPresent()) {
            return own.get().open(device);
        }
        FfnModel model = switch (config.run().verification()) {
            case NONE -> FfnModel.unverified(device, config.model().builtIn());
            case EVERY_ROW -> FfnModel.verified(device, config.model().builtIn());
        };
        return config.run().stepLog() == null ? model : model.withResultHash();
    }

    private RankSummary.Builder summary(GroupMembership group, String device, Batcher batcher, Model model) {
        RankSummary.Builder summary = statistics
                .summary(batcher)
                .setRank(group.rank())
                .setPlace(group.ranks().get(group.rank()).getPlace())
                .setDevice(device);
        model.verification().ifPresent(found -> summary.setVerification(RankStatistics.summary(found)));
        return summary;
    }
}
