package io.coxswain.coordinator.rehearsal;

import com.google.protobuf.ByteString;
import io.coxswain.v1.Attachment;
import io.coxswain.v1.CapturedSet;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Heartbeat;
import io.coxswain.v1.Hello;
import io.coxswain.v1.Member;
import io.coxswain.v1.Phase;
import io.coxswain.v1.RankInfo;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepOpen;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepServiceGrpc;
import io.coxswain.v1.StepUp;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A member of the rehearsed job: it says what a worker says that has lost its coordinator, and agrees on some steps. Owned by the
 * event loop of its channels.
 */
final class RehearsingMember {

    private static final int TOKENS = 7;

    private final int place;
    private final Wiring wiring;
    private ByteString lastDecision = ByteString.EMPTY;
    private long nextStep;
    private int stepsToGo;
    private int session;
    /** To the socket of who leads now; null: it has none. */
    private @Nullable ManagedChannel stepLine;

    private Term term = Term.getDefaultInstance();

    /**
     * What it speaks over, and to whom it reports.
     *
     * @param lines to its coordinator
     * @param ranks of the job
     * @param stage hears how it gets on
     */
    record Wiring(RehearsalLines lines, int ranks, Stage stage) {}

    RehearsingMember(int place, Wiring wiring) {
        this.place = place;
        this.wiring = wiring;
    }

    /** Attaches itself to the coordinator that leads now, and agrees on so many steps under it. */
    void attach(int steps) {
        stepsToGo = steps;
        var control = new Control();
        StreamObserver<ControlUp> unused =
                ControlServiceGrpc.newStub(wiring.lines().control()).control(control);
        control.say(ControlUp.newBuilder().setHello(hello()).build());
    }

    private static Member member(int place) {
        return Member.newBuilder().setId(1L + place).build();
    }

    private static Epoch epoch() {
        return Epoch.newBuilder()
                .setCreatingTerm(Term.newBuilder().setNumber(1).setCoordinatorId(1))
                .setNumber(1)
                .build();
    }

    private Hello hello() {
        List<RankInfo> ranks = IntStream.range(0, wiring.ranks())
                .mapToObj(rank -> RankInfo.newBuilder()
                        .setPlace(rank)
                        .setMember(member(rank))
                        .build())
                .toList();
        return Hello.newBuilder()
                .setJob(TakeoverRehearsal.JOB)
                .setMember(member(place))
                .setPlace(place)
                .setSettings(TakeoverRehearsal.settings(wiring.ranks()))
                .setCaptured(CapturedSet.newBuilder().setAll(true))
                .setPromisedTerm(term)
                .setHighestEpoch(epoch().getNumber())
                .setAttachment(Attachment.newBuilder()
                        .setEpoch(epoch())
                        .setState(Attachment.State.STATE_RUNNING)
                        .addAllRanks(ranks)
                        .setLastDecision(lastDecision))
                .build();
    }

    private StepUp report() {
        return StepUp.newBuilder()
                .setReport(StepReport.newBuilder()
                        .setTerm(term)
                        .setEpoch(epoch())
                        .setStep(nextStep)
                        .setNumTokens(TOKENS + place)
                        .setNumRequests(TOKENS + place)
                        .setUniformTokenCount(1)
                        .addVotes(0))
                .build();
    }

    /** A stream of this member's; its end is the same however it comes. */
    private abstract static class Exchange<U, D> implements ClientResponseObserver<U, D> {

        private @Nullable ClientCallStreamObserver<U> up;

        @Override
        public void beforeStart(ClientCallStreamObserver<U> stream) {
            up = stream;
        }

        void say(U message) {
            Objects.requireNonNull(up, "gRPC starts a stream before it is used").onNext(message);
        }

        @Override
        public void onError(Throwable cause) {
            ended();
        }

        @Override
        public void onCompleted() {
            ended();
        }

        abstract void ended();
    }

    private final class Control extends Exchange<ControlUp, ControlDown> {

        @Override
        public void onNext(ControlDown down) {
            switch (down.getBodyCase()) {
                case WELCOME -> welcome(down.getWelcome());
                case START -> openSteps();
                case HEARTBEAT, MEMBERSHIP, COMMUNICATOR_ID, DRAIN_REFUSED, BODY_NOT_SET -> {}
                case REFUSED -> wiring.stage().onFailure(down.getRefused().getReason());
                case ABORT -> wiring.stage().onFailure(down.getAbort().getReason());
                case JOB_ENDED -> wiring.stage().onFailure(down.getJobEnded().getReason());
            }
        }

        private void welcome(Welcome welcome) {
            term = welcome.getTerm();
            connect(welcome.getStepSocketPath());
            say(ControlUp.newBuilder()
                    .setHeartbeat(Heartbeat.newBuilder().setEpoch(epoch()).setPhase(Phase.PHASE_REPORTED))
                    .build());
        }

        @Override
        void ended() {
            wiring.stage().onLeft();
        }
    }

    /** As a worker does under each leader. */
    private void connect(String socketPath) {
        ManagedChannel before = stepLine;
        if (before != null) {
            wiring.lines().close(before);
        }
        stepLine = socketPath.isEmpty() ? null : wiring.lines().toSocket(socketPath);
    }

    private void openSteps() {
        session++;
        var steps = new Steps();
        ManagedChannel line = stepLine;
        StreamObserver<StepUp> unused = StepServiceGrpc.newStub(
                        line == null ? wiring.lines().control() : line)
                .step(steps);
        steps.say(StepUp.newBuilder()
                .setOpen(StepOpen.newBuilder()
                        .setJob(TakeoverRehearsal.JOB)
                        .setMember(member(place))
                        .setPlace(place)
                        .setEpoch(epoch())
                        .setSession(session))
                .build());
        steps.say(report());
    }

    private final class Steps extends Exchange<StepUp, StepDown> {

        @Override
        public void onNext(StepDown down) {
            if (!down.hasDecision() || down.getDecision().getStep() < nextStep) {
                return; // the last decision comes again to who is a step behind
            }
            lastDecision = down.getDecision().toByteString();
            nextStep++;
            stepsToGo--;
            if (stepsToGo == 0) {
                wiring.stage().onDone();
            } else {
                say(report());
            }
        }

        @Override
        void ended() {
            // the control stream ends with it, and tells
        }
    }
}
