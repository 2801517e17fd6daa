package io.coxswain.worker;

import io.coxswain.flags.EnvironmentFlags;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobSettings;
import io.coxswain.v1.Member;
import io.coxswain.worker.net.Transports;
import io.coxswain.worker.process.SignalWatch;
import io.coxswain.worker.step.Admission;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.MemberStanding;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.SessionConfig;
import io.coxswain.worker.step.SessionPorts;
import io.coxswain.worker.step.SessionTimeoutException;
import io.coxswain.worker.step.StepClient;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/**
 * Runs a program of one's own as a rank: joins the job that the environment names, goes from epoch to epoch and from step to step, and
 * leaves. The variables are those of the stock worker's flags but {@code COXSWAIN_FEED}: where the work comes from is the program's
 * business. On SIGTERM the rank asks to leave; a health port is served where one is named.
 *
 * <p>One use, by one thread, which runs the program too.
 */
public final class DataParallelWorker {

    private static final Logger LOG = LoggerFactory.getLogger(DataParallelWorker.class);

    private final WorkerConfig config;
    private final Member member;
    private final PhaseBoard phases = new PhaseBoard();
    private final MemberStanding standing = new MemberStanding();
    private volatile @Nullable CoordinatorSession session;

    private DataParallelWorker(WorkerConfig config) {
        this.config = config;
        this.member = Introduction.newMember(config);
    }

    /**
     * Runs to the job's end, or until the coordinator has let this rank go.
     *
     * @param environment {@link System#getenv()}
     * @throws IllegalArgumentException if a variable is missing or refused; the text names it
     * @throws io.coxswain.worker.step.SessionException if the coordinator refuses this rank, is lost, or fails the job
     * @throws IOException if the health port cannot be had, or there is no address to give to peers
     */
    public static void run(Map<String, String> environment, RankProgram program)
            throws InterruptedException, IOException {
        WorkerConfig config = config(environment);
        EventLoopGroup loops = Transports.best().newSingleThreadGroup("control");
        var worker = new DataParallelWorker(config);
        var termination = new Termination(
                loops,
                config.run().patience().drain(),
                () -> Runtime.getRuntime().halt(ExitCode.TERMINATED));
        termination.drainBy(worker::wishDrain);
        try (SignalWatch term = SignalWatch.install(List.of("TERM"), number -> termination.onSignal());
                HealthPort health = HealthPort.open(config, worker::signs, loops)) {
            worker.run(loops, new EpochGate(termination::onRefused), program);
        } finally {
            Future<?> unused = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static WorkerConfig config(Map<String, String> environment) {
        var options = new WorkerOptions();
        CommandLine variables = EnvironmentFlags.of(environment)
                .with("--label", "COXSWAIN_LABELS")
                .applyTo(new CommandLine(options))
                .setCaseInsensitiveEnumValuesAllowed(true);
        variables.getCommandSpec().remove(variables.getCommandSpec().findOption("--feed"));
        try {
            variables.parseArgs();
        } catch (CommandLine.ParameterException refused) {
            throw new IllegalArgumentException(refused.getMessage(), refused);
        }
        return options.toConfigWithoutFeed();
    }

    private WorkerSigns signs(LongSupplier loopTurns) {
        return new WorkerSigns(() -> Optional.ofNullable(session), phases, standing, loopTurns);
    }

    private boolean wishDrain(String reason) {
        CoordinatorSession current = session;
        if (current == null) {
            return false;
        }
        current.wishDrain(reason);
        return true;
    }

    private void run(EventLoopGroup loops, EpochGate gate, RankProgram program)
            throws InterruptedException, IOException {
        WorkerConfig.Network network = config.network();
        InetAddress bind = InetAddress.getByName(network.listen().bind());
        var collectives =
                new Hardware.Collectives(bind, network.listen().collectivePorts(), network.collectiveTimeout());
        try (Hardware hardware = Hardware.open(config.run().hardware(), collectives);
                CoordinatorSession joining = join(loops, gate, hardware, program.settings())) {
            session = joining;
            Admission admission = joining.awaitWelcome(network.joinTimeout());
            try (StepClient steps = StepClient.connect(admission.stepTarget(), standing, phases)) {
                gate.guard(steps);
                var connector = new EpochConnector(joining, hardware.backend(), gate);
                try (PlannedEpochs planned = new PlannedEpochs(connector)) {
                    gate.guard(planned);
                    Member numbered =
                            member.toBuilder().setAttempt(admission.attempt()).build();
                    var seat = new EpochLoop.Seat(config.seat().job(), numbered, admission.place());
                    var group = new EpochLoop.Group(joining, steps, connector, planned);
                    new EpochLoop(seat, group, new ProgramBody(program, hardware.device(), phases))
                            .run(network.joinTimeout());
                    sayGoodbye(joining);
                }
            }
        }
    }

    private CoordinatorSession join(
            EventLoopGroup loops, EpochGate gate, Hardware hardware, Map<String, String> settings)
            throws InterruptedException, IOException {
        String backend = hardware.backend().name();
        JobSettings job = config.toJobSettings(backend).toBuilder()
                .clearModel()
                .putAllModel(settings)
                .putModel("collectives", backend)
                .build();
        Hello hello = Introduction.of(config, member, hardware)
                .setSettings(job)
                .setCaptured(CapturedGraphs.ALL.toMessage())
                .build();
        var where = new SessionConfig(
                config.network().coordinator(), hello, config.network().joinTimeout());
        return CoordinatorSession.connect(where, loops, new SessionPorts(gate, phases, standing, System::nanoTime));
    }

    private static void sayGoodbye(CoordinatorSession joined) throws InterruptedException {
        try {
            joined.leave("the job has ended, or goes on without this member", EpochLoop.FAREWELL);
        } catch (SessionTimeoutException unheard) {
            LOG.warn("{}", unheard.getMessage());
        }
    }
}
