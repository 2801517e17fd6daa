package io.coxswain.worker.step;

import static io.coxswain.worker.step.ControlWorld.abort;
import static io.coxswain.worker.step.ControlWorld.epoch;
import static io.coxswain.worker.step.ControlWorld.heartbeatOfTerm;
import static io.coxswain.worker.step.ControlWorld.jobEnded;
import static io.coxswain.worker.step.ControlWorld.membership;
import static io.coxswain.worker.step.ControlWorld.refused;
import static io.coxswain.worker.step.ControlWorld.start;
import static io.coxswain.worker.step.ControlWorld.welcome;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.coxswain.types.ReservedPort;
import io.coxswain.v1.Attachment;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Heartbeat;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobEnded;
import io.coxswain.v1.Member;
import io.coxswain.v1.Phase;
import io.coxswain.v1.Refused;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CoordinatorSessionTest {
    private static final ControlDown CALM_WELCOME = welcome(20, 30_000);

    @Test
    void shouldComeIntoAnEpochAndLeave() throws Exception {
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, CoordinatorSessionTest::coordinate);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            CoordinatorSession session = world.session();

            assertThat(session.awaitWelcome(PATIENCE).place()).isEqualTo(1);
            assertThat(coordinator
                            .nextControlUp(ControlUp.BodyCase.HELLO)
                            .getHello()
                            .getJob())
                    .isEqualTo("job");
            GroupMembership membership = session.awaitMembership(PATIENCE);
            assertThat(membership.rank()).isEqualTo(1);
            assertThat(membership.worldSize()).isEqualTo(2);
            session.publishCommunicatorId(membership, new byte[] {1, 2, 3});
            assertThat(session.awaitCommunicatorId(membership, PATIENCE)).containsExactly(1, 2, 3);
            session.prepared(membership);
            session.awaitStart(membership, PATIENCE);
            assertThat(session.state()).isEqualTo(SessionState.RUNNING);
            session.leave("done", PATIENCE);
            assertThat(coordinator
                            .nextControlUp(ControlUp.BodyCase.LEAVE)
                            .getLeave()
                            .getReason())
                    .isEqualTo("done");
            assertThat(session.state()).isEqualTo(SessionState.LEFT);
        }
    }

    @Test
    void shouldTellWhyItWasRefused() throws Exception {
        BiConsumer<ControlUp, StreamObserver<ControlDown>> script = onHello(
                down -> down.onNext(refused(Refused.Kind.KIND_SETTINGS_DIFFER, "max_requests is 8; the job has 16")));
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            assertThatExceptionOfType(JoinRefusedException.class)
                    .isThrownBy(() -> world.session().awaitWelcome(PATIENCE))
                    .withMessageContaining("max_requests is 8; the job has 16")
                    .matches(e -> e.kind() == Refused.Kind.KIND_SETTINGS_DIFFER);
            assertThat(world.session().state()).isEqualTo(SessionState.REFUSED);
        }
    }

    @Test
    void shouldWaitForACoordinatorThatComesUpLater() throws Exception {
        try (ReservedPort reserved = ReservedPort.onLoopback();
                ControlWorld world = ControlWorld.connectTo(reserved.number())) {
            assertThatExceptionOfType(CoordinatorLostException.class)
                    .isThrownBy(() -> world.session().awaitWelcome(Duration.ofMillis(100)))
                    .withMessageContaining(reserved.address());
            try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(reserved.number(), welcoming())) {
                assertThat(world.session().awaitWelcome(PATIENCE).stepTarget().toString())
                        .contains(":" + coordinator.port());
            }
        }
    }

    @Test
    void shouldFreeTheForwardThreadAndAcknowledgeAnAbort() throws Exception {
        BiConsumer<ControlUp, StreamObserver<ControlDown>> script = (up, down) -> {
            if (up.hasPrepared()) {
                down.onNext(abort(up.getPrepared().getEpoch().getNumber()));
            } else if (up.hasAbortAcknowledged()) {
                down.onNext(membership(2));
            } else {
                coordinate(up, down);
            }
        };
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            GroupMembership membership = world.session().awaitMembership(PATIENCE);
            world.session().prepared(membership);

            assertThatExceptionOfType(EpochAbortedException.class)
                    .isThrownBy(() -> world.session().awaitStart(membership, PATIENCE))
                    .withMessageContaining("epoch 1");
            assertThat(coordinator
                            .nextControlUp(ControlUp.BodyCase.ABORT_ACKNOWLEDGED)
                            .getAbortAcknowledged()
                            .getEpoch())
                    .isEqualTo(epoch(1));
            assertThat(world.nextHeard()).isEqualTo(new EpochAbort(1, List.of(0), "rank 0 is late"));
            assertThat(world.session().awaitMembership(PATIENCE).number()).isEqualTo(2);
        }
    }

    @Test
    void shouldTellThatAnEpochWasOvertaken() throws Exception {
        BiConsumer<ControlUp, StreamObserver<ControlDown>> script = (up, down) -> {
            coordinate(up, down);
            if (up.hasPrepared()) {
                down.onNext(membership(2));
            }
        };
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            GroupMembership first = world.session().awaitMembership(PATIENCE);
            world.session().prepared(first);
            assertThat(world.session().awaitMembership(PATIENCE).number()).isEqualTo(2);

            assertThatExceptionOfType(EpochAbortedException.class)
                    .isThrownBy(() -> world.session().awaitStart(first, PATIENCE))
                    .withMessageContaining("another epoch has taken its place");
        }
    }

    @Test
    void shouldLookForAnotherStreamWhenTheCoordinatorIsSilent() throws Exception {
        try (ScriptedCoordinator coordinator =
                        ScriptedCoordinator.ofControl(0, onHello(down -> down.onNext(welcome(5, 60))));
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            world.session().awaitWelcome(PATIENCE);
            coordinator.nextControlUp(ControlUp.BodyCase.HELLO);
            assertThat(coordinator.nextControlUp(ControlUp.BodyCase.HEARTBEAT)).isNotNull();

            Hello again = coordinator.nextControlUp(ControlUp.BodyCase.HELLO).getHello();

            assertThat(again.getPromisedTerm().getNumber()).isEqualTo(3);
            assertThat(again.hasAttachment()).isFalse();
        }
    }

    @Test
    void shouldSayWhereItIsWhenItsStreamBreaks() throws Exception {
        AtomicInteger hellos = new AtomicInteger();
        BiConsumer<ControlUp, StreamObserver<ControlDown>> script = (up, down) -> {
            coordinate(up, down);
            if (up.hasHello() && hellos.incrementAndGet() == 2) {
                down.onNext(membership(2));
            }
            if (up.hasPrepared() && hellos.get() == 1) {
                down.onError(Status.INTERNAL.withDescription("out of luck").asRuntimeException());
            }
        };
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            GroupMembership first = world.session().awaitMembership(PATIENCE);
            world.session().prepared(first);
            coordinator.nextControlUp(ControlUp.BodyCase.HELLO);

            Hello again = coordinator.nextControlUp(ControlUp.BodyCase.HELLO).getHello();

            assertThat(again.getAttachment().getEpoch()).isEqualTo(epoch(1));
            assertThat(again.getAttachment().getState()).isEqualTo(Attachment.State.STATE_RUNNING);
            assertThat(again.getAttachment().getRanksList()).isEqualTo(first.ranks());
            assertThat(again.getHighestEpoch()).isEqualTo(1);
            assertThat(world.session().awaitMembership(PATIENCE).number()).isEqualTo(2);
        }
    }

    @Test
    void shouldGiveUpWhenNoCoordinatorIsFoundAgain() throws Exception {
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, welcoming());
                ControlWorld world = ControlWorld.connectTo(coordinator.port(), Duration.ofSeconds(1))) {
            world.session().awaitWelcome(PATIENCE);

            coordinator.close();

            assertThatExceptionOfType(CoordinatorLostException.class)
                    .isThrownBy(() -> world.session().awaitMembership(PATIENCE))
                    .withMessageStartingWith("no coordinator was found within PT1S");
            assertThat(world.session().state()).isEqualTo(SessionState.LOST);
        }
    }

    @Test
    void shouldGiveUpItsEpochWhenItIsAnOrphan() throws Exception {
        ControlDown.Builder welcome = CALM_WELCOME.toBuilder();
        welcome.getWelcomeBuilder().setOrphanTimeoutNanos(PATIENCE.toNanos() / 1_000);
        BiConsumer<ControlUp, StreamObserver<ControlDown>> script = (up, down) -> {
            if (up.hasHello()) {
                down.onNext(welcome.build());
                down.onNext(membership(1));
            } else {
                coordinate(up, down);
            }
        };
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            GroupMembership group = world.session().awaitMembership(PATIENCE);
            world.session().prepared(group);
            world.session().awaitStart(group, PATIENCE);

            coordinator.close();

            assertThat(world.nextHeard().toString()).contains("no coordinator was heard for");
            world.session().awaitEnd(group, PATIENCE);
        }
    }

    @Test
    void shouldLiveAsLongAsTheCoordinatorIsHeard() throws Exception {
        BiConsumer<ControlUp, StreamObserver<ControlDown>> script =
                (up, down) -> down.onNext(up.hasHello() ? welcome(5, 2_000) : heartbeatOfTerm(3));
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            world.session().awaitWelcome(PATIENCE);
            for (int heartbeat = 0; heartbeat < 50; heartbeat++) {
                coordinator.nextControlUp(ControlUp.BodyCase.HEARTBEAT);
            }
            assertThat(world.session().state()).isEqualTo(SessionState.WAITING);
        }
    }

    @Test
    void shouldTellInItsHeartbeatsWhereTheForwardThreadIs() throws Exception {
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, welcoming());
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            world.phases().enter(epoch(1));
            world.phases().reported();

            Heartbeat heartbeat =
                    coordinator.nextControlUp(ControlUp.BodyCase.HEARTBEAT).getHeartbeat();
            assertThat(heartbeat.getPhase()).isEqualTo(Phase.PHASE_REPORTED);
            assertThat(heartbeat.getEpoch()).isEqualTo(epoch(1));
        }
    }

    @Test
    void shouldRefuseACoordinatorOfALowerTerm() throws Exception {
        assertLost(
                onHello(down -> {
                    down.onNext(CALM_WELCOME);
                    down.onNext(heartbeatOfTerm(2));
                }),
                "promised term 3");
    }

    @Test
    void shouldRefuseAStartWithoutAMembership() throws Exception {
        assertLost(
                onHello(down -> {
                    down.onNext(CALM_WELCOME);
                    down.onNext(start(1));
                }),
                "the start of epoch 1, which was not announced, in state WAITING");
    }

    @Test
    void shouldRefuseAMembershipWithoutItself() throws Exception {
        assertLost(
                onHello(down -> {
                    down.onNext(CALM_WELCOME);
                    down.onNext(membership(1, Member.newBuilder().setId(99).build()));
                }),
                "does not name this member");
    }

    @Test
    void shouldTellHowTheJobEnded() throws Exception {
        BiConsumer<ControlUp, StreamObserver<ControlDown>> script = onHello(down -> {
            down.onNext(CALM_WELCOME);
            down.onNext(jobEnded());
        });
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            JobEnd end = world.session().awaitJobEnd(PATIENCE);

            assertThat(end).isEqualTo(new JobEnd(JobEnded.Outcome.OUTCOME_STOPPED, "all have finished", List.of()));
            assertThat(world.nextHeard()).isEqualTo(end);
            assertThatExceptionOfType(JobEndedException.class)
                    .isThrownBy(() -> world.session().awaitMembership(PATIENCE))
                    .matches(e -> e.end().equals(end));
            world.session().leave("done", PATIENCE);
            assertThat(world.session().state()).isEqualTo(SessionState.ENDED);
        }
    }

    @Test
    void shouldNotTakeItsOwnEndForALossOfTheCoordinator() throws Exception {
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, welcoming());
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            world.session().awaitWelcome(PATIENCE);
            world.session().close();

            assertThatExceptionOfType(CoordinatorLostException.class)
                    .isThrownBy(() -> world.session().awaitMembership(PATIENCE))
                    .withMessageContaining("this member has left");
            assertThat(world.session().state()).isEqualTo(SessionState.LEFT);
        }
    }

    @Test
    void shouldNotWaitBeyondADeadline() throws Exception {
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, welcoming());
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            world.session().awaitWelcome(PATIENCE);

            assertThatExceptionOfType(SessionTimeoutException.class)
                    .isThrownBy(() -> world.session().awaitMembership(Duration.ofMillis(20)))
                    .withMessageContaining("a membership after epoch 0");
        }
    }

    private static void assertLost(BiConsumer<ControlUp, StreamObserver<ControlDown>> script, String reason)
            throws Exception {
        try (ScriptedCoordinator coordinator = ScriptedCoordinator.ofControl(0, script);
                ControlWorld world = ControlWorld.connectTo(coordinator.port())) {
            assertThatExceptionOfType(CoordinatorLostException.class)
                    .isThrownBy(() -> world.session().awaitMembership(PATIENCE))
                    .withMessageContaining(reason);
            assertThat(world.nextHeard().toString()).contains(reason);
            assertThat(world.session().state()).isEqualTo(SessionState.LOST);
        }
    }

    /** A coordinator that does its work for one epoch. */
    private static void coordinate(ControlUp up, StreamObserver<ControlDown> down) {
        if (up.hasHello()) {
            down.onNext(CALM_WELCOME);
            down.onNext(membership(1));
        } else if (up.hasCommunicatorId()) {
            down.onNext(ControlDown.newBuilder()
                    .setCommunicatorId(up.getCommunicatorId())
                    .build());
        } else if (up.hasPrepared()) {
            down.onNext(start(1));
        }
    }

    private static BiConsumer<ControlUp, StreamObserver<ControlDown>> welcoming() {
        return onHello(down -> down.onNext(CALM_WELCOME));
    }

    private static BiConsumer<ControlUp, StreamObserver<ControlDown>> onHello(
            Consumer<StreamObserver<ControlDown>> script) {
        return (up, down) -> {
            if (up.hasHello()) {
                script.accept(down);
            }
        };
    }
}
