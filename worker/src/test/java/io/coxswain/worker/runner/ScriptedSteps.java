package io.coxswain.worker.runner;

import io.coxswain.v1.Epoch;
import io.coxswain.v1.Member;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepServiceGrpc;
import io.coxswain.v1.StepUp;
import io.coxswain.v1.Term;
import io.coxswain.worker.net.Transports;
import io.coxswain.worker.step.MemberStanding;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.StepClient;
import io.coxswain.worker.step.StepSeat;
import io.coxswain.worker.step.StepStream;
import io.coxswain.worker.step.StepTarget;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A coordinator whose step service says what a test tells it to, on a real server, and the step client of the thread that
 * started it. The test's rank is rank 1 of 2, in epoch 5.
 */
public final class ScriptedSteps implements AutoCloseable {

    public static final long EPOCH_NUMBER = 5;

    static final int RANK = 1;
    static final int WORLD_SIZE = 2;

    private static final long PATIENCE_SECONDS = 20;
    private static final Term TERM =
            Term.newBuilder().setNumber(3).setCoordinatorId(77).build();
    private static final Member MEMBER = Member.newBuilder().setId(42).build();

    /** Answers a report, or says nothing; runs on the server's thread, which is not the forward thread. */
    public interface Script {
        void answer(StepReport report, StreamObserver<StepDown> down);
    }

    private final EventLoopGroup group;
    private final Server server;
    private final List<StepReport> reports;
    private final PhaseBoard phases;
    private final StepClient client;

    private ScriptedSteps(EventLoopGroup group, Server server, List<StepReport> reports) {
        this.group = group;
        this.server = server;
        this.reports = reports;
        this.phases = new PhaseBoard();
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
        this.client = StepClient.connect(new StepTarget(address), new MemberStanding(), phases);
    }

    public static ScriptedSteps start(Script script) throws IOException {
        EventLoopGroup group = Transports.best().newSingleThreadGroup("scripted-coordinator");
        List<StepReport> reports = new CopyOnWriteArrayList<>();
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .channelType(Transports.best().serverSocketChannelType())
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .directExecutor()
                .addService(new Service(script, reports))
                .build()
                .start();
        return new ScriptedSteps(group, server, reports);
    }

    public StepClient client() {
        return client;
    }

    public StepStream open() {
        Epoch epoch =
                Epoch.newBuilder().setCreatingTerm(TERM).setNumber(EPOCH_NUMBER).build();
        return client.open(new StepSeat("job", MEMBER, RANK, epoch, WORLD_SIZE));
    }

    PhaseBoard phases() {
        return phases;
    }

    /** What came up the step streams so far. */
    List<StepReport> reports() {
        return List.copyOf(reports);
    }

    /** Sends a decision on the step of a report. */
    static void decide(StepReport report, StreamObserver<StepDown> down, StepDecision.Builder decision) {
        StepDecision complete = decision.setTerm(TERM)
                .setEpoch(report.getEpoch())
                .setStep(report.getStep())
                .build();
        down.onNext(StepDown.newBuilder().setTerm(TERM).setDecision(complete).build());
    }

    @Override
    public void close() throws InterruptedException {
        client.close();
        server.shutdownNow();
        server.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    }

    private static final class Service extends StepServiceGrpc.StepServiceImplBase {

        private final Script script;
        private final List<StepReport> reports;

        Service(Script script, List<StepReport> reports) {
            this.script = script;
            this.reports = reports;
        }

        @Override
        public StreamObserver<StepUp> step(StreamObserver<StepDown> down) {
            return new StreamObserver<>() {
                @Override
                public void onNext(StepUp up) {
                    if (up.hasReport()) {
                        reports.add(up.getReport());
                        script.answer(up.getReport(), down);
                    }
                }

                @Override
                public void onError(Throwable cause) {
                    // The client has cut the stream; there is nobody to answer.
                }

                @Override
                public void onCompleted() {
                    down.onCompleted();
                }
            };
        }
    }
}
