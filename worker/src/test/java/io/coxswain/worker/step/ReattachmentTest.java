package io.coxswain.worker.step;

import static io.coxswain.worker.step.ControlWorld.abort;
import static io.coxswain.worker.step.ControlWorld.epoch;
import static io.coxswain.worker.step.ControlWorld.membership;
import static io.coxswain.worker.step.ControlWorld.planned;
import static io.coxswain.worker.step.ControlWorld.start;
import static io.coxswain.worker.step.ControlWorld.welcome;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static io.coxswain.worker.step.Scripts.TERM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.v1.Attachment;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp.BodyCase;
import io.coxswain.v1.Hello;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.Term;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a member that runs epoch 1 makes of planned epochs, and of coordinators that it loses and finds. */
@Timeout(60)
class ReattachmentTest {
    private static final Duration CALM = Duration.ofSeconds(30);
    private static final Term NEXT_TERM =
            Term.newBuilder().setNumber(4).setCoordinatorId(78).build();

    /** The streams, in the order in which they said hello: the test answers them. */
    private final BlockingQueue<StreamObserver<ControlDown>> streams = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway.Init")
    private ScriptedCoordinator coordinator;

    @SuppressWarnings("NullAway.Init")
    private ControlWorld world;

    @SuppressWarnings("NullAway.Init")
    private CoordinatorSession session;

    @BeforeEach
    void open() throws Exception {
        coordinator = ScriptedCoordinator.ofControl(0, (up, down) -> {
            if (up.hasHello()) {
                streams.add(down);
            }
        });
        world = ControlWorld.connectTo(coordinator.port());
        session = world.session();
    }

    @AfterEach
    void close() throws Exception {
        world.close();
        coordinator.close();
    }

    @Test
    void shouldPrepareAPlannedEpochBesideTheRunningOne() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        GroupMembership first = session.awaitMembership(PATIENCE);

        stream.onNext(planned(2, 1));

        assertThat(world.nextHeard())
                .isInstanceOfSatisfying(
                        GroupMembership.class,
                        planned -> assertThat(planned.number()).isEqualTo(2));
        assertThat(session.state()).isEqualTo(SessionState.RUNNING);
        assertThat(session.isOver(first)).isFalse();
        assertThat(session.hasSuccessor(first)).isTrue();

        stream.onNext(ControlWorld.start(2));

        GroupMembership second = session.awaitMembership(PATIENCE);
        assertThat(second.number()).isEqualTo(2);
        session.awaitStart(second, PATIENCE);
        assertThat(session.isOver(first)).isTrue();
        assertThat(session.hasSuccessor(first)).isTrue();
    }

    @Test
    void shouldGoOnWithTheRunningEpochWhenAPlannedOneComesToNothing() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        GroupMembership first = session.awaitMembership(PATIENCE);
        stream.onNext(planned(2, 1));
        world.nextHeard();

        stream.onNext(abort(2));

        assertThat(world.nextHeard()).isInstanceOf(EpochAbort.class);
        assertThat(coordinator
                        .nextControlUp(BodyCase.ABORT_ACKNOWLEDGED)
                        .getAbortAcknowledged()
                        .getEpoch())
                .isEqualTo(epoch(2));
        assertThat(session.hasSuccessor(first)).isFalse();
        assertThat(session.isOver(first)).isFalse();
        assertThat(session.state()).isEqualTo(SessionState.RUNNING);
    }

    @Test
    void shouldNotTakeItselfForDrainedWhenTheSuccessorComesToNothing() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        GroupMembership first = session.awaitMembership(PATIENCE);
        stream.onNext(planned(2, 1));
        world.nextHeard();
        world.accepts(StepDecision.newBuilder().setEpoch(epoch(1)).setSuccessor(epoch(2)));

        stream.onNext(abort(2));
        world.nextHeard();

        assertThat(session.hasSuccessor(first)).isTrue();
    }

    @Test
    void shouldTakeItselfForDrainedWhenTheSuccessorDoesNotNameIt() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        GroupMembership first = session.awaitMembership(PATIENCE);
        stream.onNext(planned(2, 1));
        world.nextHeard();
        stream.onNext(abort(2));
        world.nextHeard();

        world.accepts(StepDecision.newBuilder().setEpoch(epoch(1)).setSuccessor(epoch(3)));

        assertThat(session.hasSuccessor(first)).isFalse();
    }

    @Test
    void shouldNameTheHighestEpochThatItHasHeardOfEvenWhereThatCameToNothing() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        stream.onNext(planned(2, 1));
        stream.onNext(abort(2));

        breakOff(stream);

        Hello again = nextHello();
        assertThat(again.getHighestEpoch()).isEqualTo(2);
        assertThat(again.getAttachment().getEpoch()).isEqualTo(epoch(1));
    }

    @Test
    void shouldSayThatItHasStoppedWorkingOnAnEpochWhoseCollectivesFailed() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        GroupMembership group = session.awaitMembership(PATIENCE);
        session.collectiveFailed(group, "rank 0 closed its connection");
        coordinator.nextControlUp(BodyCase.COLLECTIVE_FAILED);

        breakOff(stream);

        assertThat(nextHello().getAttachment().getState()).isEqualTo(Attachment.State.STATE_ABORTED);
        nextStream().onNext(calmWelcome(TERM));
        assertThat(coordinator
                        .nextControlUp(BodyCase.COLLECTIVE_FAILED)
                        .getCollectiveFailed()
                        .getReason())
                .isEqualTo("rank 0 closed its connection");
    }

    @Test
    void shouldGoOnUnderTheSameCoordinator() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        breakOff(stream);
        nextHello();
        assertThat(world.acceptance().frozen()).isTrue();

        nextStream().onNext(calmWelcome(TERM));
        coordinator.nextControlUp(BodyCase.HEARTBEAT);

        assertThat(world.acceptance().frozen()).isFalse();
        assertThat(world.acceptance().generation()).isZero();
    }

    /** However often the stream to the new coordinator breaks before it has said that the epoch goes on. */
    @Test
    void shouldAcceptNothingUnderAnotherCoordinatorBeforeThatSaysThatTheEpochGoesOn() throws Exception {
        breakOff(runEpochOne(CALM));
        for (int attempt = 0; attempt < 2; attempt++) {
            nextHello();
            StreamObserver<ControlDown> stream = nextStream();
            stream.onNext(calmWelcome(NEXT_TERM));
            coordinator.nextControlUp(BodyCase.HEARTBEAT);
            assertThat(world.acceptance().frozen()).isTrue();
            assertThat(world.acceptance().generation()).isPositive();
            breakOff(stream);
        }
        nextHello();
        StreamObserver<ControlDown> stream = nextStream();
        stream.onNext(calmWelcome(NEXT_TERM));
        stream.onNext(start(NEXT_TERM, 1));
        stream.onNext(abortOfNothing(NEXT_TERM));
        coordinator.nextControlUp(BodyCase.ABORT_ACKNOWLEDGED);

        assertThat(world.acceptance().frozen()).isFalse();
    }

    @Test
    void shouldHoldAPlanForVoidWhenAnotherCoordinatorReigns() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        stream.onNext(planned(2, 1));
        world.nextHeard();
        breakOff(stream);

        nextStream().onNext(calmWelcome(NEXT_TERM));

        assertThat(world.nextHeard())
                .isInstanceOfSatisfying(
                        EpochAbort.class, abort -> assertThat(abort.epoch()).isEqualTo(2));
    }

    @Test
    void shouldTryAnotherConnectionWhenAHelloIsNotAnswered() throws Exception {
        runEpochOne(Duration.ofMillis(1_500));
        nextHello();
        nextStream(); // and no answer

        nextHello();
        nextStream().onNext(calmWelcome(TERM));

        coordinator.nextControlUp(BodyCase.HEARTBEAT);
        assertThat(session.state()).isEqualTo(SessionState.RUNNING);
        assertThat(coordinator.connections()).isGreaterThan(1);
    }

    @Test
    void shouldBringAlongTheAttemptThatACoordinatorHasGiven() throws Exception {
        Hello first = nextHello();
        assertThat(first.getAttemptSource()).isEqualTo(Hello.AttemptSource.ATTEMPT_SOURCE_WANTED);
        StreamObserver<ControlDown> stream = nextStream();
        stream.onNext(calmWelcome(TERM));
        assertThat(session.awaitWelcome(PATIENCE).attempt()).isEqualTo(ControlWorld.ATTEMPT);
        stream.onError(Status.INTERNAL.asRuntimeException());

        Hello second = nextHello();
        assertThat(second.getAttemptSource()).isEqualTo(Hello.AttemptSource.ATTEMPT_SOURCE_COORDINATOR);
        assertThat(second.getMember().getId()).isEqualTo(first.getMember().getId());
        assertThat(second.getMember().getAttempt()).isEqualTo(ControlWorld.ATTEMPT);
        assertThat(second.getPlace()).isEqualTo(1);
    }

    @Test
    void shouldIgnoreWhatACoordinatorRepeats() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOne(CALM);
        GroupMembership first = session.awaitMembership(PATIENCE);

        stream.onNext(membership(1));
        stream.onNext(start(TERM, 1));
        stream.onNext(abortOfNothing(TERM));
        coordinator.nextControlUp(BodyCase.ABORT_ACKNOWLEDGED);

        assertThat(session.state()).isEqualTo(SessionState.RUNNING);
        assertThat(session.isOver(first)).isFalse();
        assertThatThrownBy(() -> session.awaitMembership(Duration.ZERO)).isInstanceOf(SessionTimeoutException.class);
    }

    /** Once this returns the member runs epoch 1; its coordinator counts as silent after the timeout. */
    private StreamObserver<ControlDown> runEpochOne(Duration heartbeatTimeout) throws Exception {
        nextHello();
        StreamObserver<ControlDown> stream = nextStream();
        stream.onNext(welcome(TERM, 10, heartbeatTimeout.toMillis()));
        stream.onNext(membership(1));
        stream.onNext(start(TERM, 1));
        session.awaitWelcome(PATIENCE);
        stream.onNext(abortOfNothing(TERM));
        coordinator.nextControlUp(BodyCase.ABORT_ACKNOWLEDGED);
        world.nextHeard();
        return stream;
    }

    /** Its acknowledgement says that everything before it has been taken. */
    private static ControlDown abortOfNothing(Term term) {
        return abort(term, 0);
    }

    private static ControlDown calmWelcome(Term term) {
        return welcome(term, 10, CALM.toMillis());
    }

    private static void breakOff(StreamObserver<ControlDown> stream) {
        stream.onError(Status.INTERNAL.withDescription("out of luck").asRuntimeException());
    }

    private Hello nextHello() throws InterruptedException {
        return coordinator.nextControlUp(BodyCase.HELLO).getHello();
    }

    private StreamObserver<ControlDown> nextStream() throws InterruptedException {
        StreamObserver<ControlDown> stream = streams.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (stream == null) {
            throw new AssertionError("no hello within " + PATIENCE);
        }
        return stream;
    }
}
