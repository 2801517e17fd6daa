package io.coxswain.worker.step;

import static io.coxswain.worker.step.ControlWorld.abort;
import static io.coxswain.worker.step.ControlWorld.epoch;
import static io.coxswain.worker.step.ControlWorld.membership;
import static io.coxswain.worker.step.ControlWorld.start;
import static io.coxswain.worker.step.ControlWorld.welcome;
import static io.coxswain.worker.step.Scripts.PATIENCE;
import static io.coxswain.worker.step.Scripts.TERM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coxswain.v1.Attachment;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.ControlUp.BodyCase;
import io.coxswain.v1.Hello;
import io.coxswain.v1.Term;
import io.coxswain.worker.net.ReplicaAddresses;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a member makes of three coordinators of which one leads, and then another. */
@Timeout(60)
class FailoverTest {
    private static final Duration CALM = Duration.ofSeconds(30);
    private static final Term NEXT_TERM =
            Term.newBuilder().setNumber(4).setCoordinatorId(78).build();

    /** Of a coordinator without which an epoch is soon given up. */
    private static final ControlDown ORPHANED_SOON = orphanedSoon();

    private final List<ScriptedCoordinator> replicas = new CopyOnWriteArrayList<>();
    /** By replica, the streams that have said hello: the test answers them. */
    private final Map<Integer, BlockingQueue<StreamObserver<ControlDown>>> streams = new ConcurrentHashMap<>();

    @SuppressWarnings("NullAway.Init")
    private ControlWorld world;

    @BeforeEach
    void open() throws Exception {
        for (int i = 0; i < 3; i++) {
            int number = i;
            streams.put(i, new LinkedBlockingQueue<>());
            replicas.add(ScriptedCoordinator.ofControl(0, (up, down) -> answer(number, up, down))
                    .standBy());
        }
        String addresses =
                replicas.stream().map(replica -> "127.0.0.1:" + replica.port()).collect(Collectors.joining(","));
        world = ControlWorld.connectTo(ReplicaAddresses.parse(addresses));
    }

    /** A member may come before it has heard that another leads: it is sent away. */
    private void answer(int number, ControlUp up, StreamObserver<ControlDown> down) {
        if (up.hasHello() && replicas.get(number).leads()) {
            streamsOf(number).add(down);
        } else if (up.hasHello()) {
            down.onError(Status.UNAVAILABLE.withDescription("another leads").asRuntimeException());
        }
    }

    @AfterEach
    void close() throws Exception {
        world.close();
        for (ScriptedCoordinator replica : replicas) {
            replica.close();
        }
    }

    private void awaitDetachment() {
        await().atMost(PATIENCE).until(() -> world.session().state() == SessionState.DETACHED);
    }

    @Test
    void shouldJoinTheReplicaThatLeadsAndTakeItsStepsThere() throws Exception {
        replicas.get(1).lead();

        nextStream(1).onNext(calmWelcome(TERM));

        assertThat(world.session().awaitWelcome(PATIENCE).stepTarget().toString())
                .endsWith(":" + replicas.get(1).port());
    }

    @Test
    void shouldTryAgainWhenTheReplicaThatItJoinsTurnsOutNotToLead() throws Exception {
        replicas.get(0).lead();
        StreamObserver<ControlDown> refusing = nextStream(0);
        replicas.get(0).standBy();
        refusing.onError(Status.UNAVAILABLE.withDescription("127.0.0.1:1 leads").asRuntimeException());
        replicas.get(2).lead();

        nextStream(2).onNext(calmWelcome(TERM));

        assertThat(world.session().awaitWelcome(PATIENCE).stepTarget().toString())
                .endsWith(":" + replicas.get(2).port());
    }

    @Test
    void shouldGoToTheNextLeaderWhenTheLeaderHandsOver() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOneUnder(0);
        replicas.get(0).standBy();
        replicas.get(1).lead();
        stream.onError(Status.UNAVAILABLE.withDescription("another takes over").asRuntimeException());

        Hello hello = nextHello(1);
        assertThat(hello.getAttachment().getEpoch()).isEqualTo(epoch(1));
        assertThat(hello.getAttachment().getState()).isEqualTo(Attachment.State.STATE_RUNNING);
        assertThat(hello.getPromisedTerm()).isEqualTo(TERM);
        nextStream(1).onNext(calmWelcome(NEXT_TERM));
        assertThat(world.nextReattachment().stepTarget().toString())
                .endsWith(":" + replicas.get(1).port());
    }

    @Test
    void shouldGoToTheNextLeaderWhenTheLeaderIsGone() throws Exception {
        runEpochOneUnder(0);
        replicas.get(0).close();
        awaitDetachment();
        replicas.get(2).lead();

        nextHello(2);

        StreamObserver<ControlDown> stream = nextStream(2);
        stream.onNext(calmWelcome(NEXT_TERM));
        stream.onNext(start(NEXT_TERM, 1));
        assertThat(world.nextReattachment().place()).isEqualTo(1);
        assertThat(world.session().state()).isEqualTo(SessionState.RUNNING);
    }

    @Test
    void shouldNotNoticeTheDeathOfAStandby() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOneUnder(0);

        replicas.get(1).close();
        replicas.get(0).nextControlUp(BodyCase.HEARTBEAT);
        replicas.get(0).nextControlUp(BodyCase.HEARTBEAT);

        stream.onNext(abort(TERM, 0));
        replicas.get(0).nextControlUp(BodyCase.ABORT_ACKNOWLEDGED);
        assertThat(world.session().state()).isEqualTo(SessionState.RUNNING);
        assertThat(streamsOf(0)).isEmpty();
    }

    @Test
    void shouldGiveUpOnALeaderThatDoesNotAnswerItsHelloAndGoToAnother() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOneUnder(0, Duration.ofMillis(1_500));
        replicas.get(0).standBy();
        replicas.get(1).lead();
        stream.onError(Status.UNAVAILABLE.asRuntimeException());
        nextStream(1); // and no answer
        replicas.get(1).standBy();

        replicas.get(2).lead();

        nextStream(2).onNext(calmWelcome(NEXT_TERM));
        world.nextReattachment();
    }

    @Test
    void shouldFindALeaderThatWasStartedAnew() throws Exception {
        runEpochOneUnder(0);
        int port = replicas.get(0).port();
        replicas.get(0).close();
        awaitDetachment();

        BlockingQueue<StreamObserver<ControlDown>> said = new LinkedBlockingQueue<>();
        replicas.set(0, ScriptedCoordinator.ofControl(port, (up, down) -> {
            if (up.hasHello()) {
                said.add(down);
            }
        }));

        assertThat(said.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isNotNull();
    }

    /** What follows the welcome tells a coordinator that its term is promised, so nothing may come before. */
    @Test
    void shouldSayNothingButItsHelloBeforeTheWelcome() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOneUnder(0);
        GroupMembership group = world.session().awaitMembership(PATIENCE);
        replicas.get(0).standBy();
        replicas.get(1).lead();
        stream.onError(Status.UNAVAILABLE.asRuntimeException());
        nextHello(1);

        world.session().collectiveFailed(group, "rank 0 closed its connection");

        assertThat(replicas.get(1).hearsMoreOnControl()).isFalse();
        nextStream(1).onNext(calmWelcome(NEXT_TERM));
        replicas.get(1).nextControlUp(BodyCase.COLLECTIVE_FAILED);
    }

    /** The hello is made when the stream is opened, and is sent when a replica comes to lead: that may be long after. */
    @Test
    void shouldSayThatItGaveUpItsEpochWhenItDidSoWhileNobodyLed() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOneUnder(0, ORPHANED_SOON);
        replicas.get(0).standBy();
        stream.onError(Status.UNAVAILABLE.asRuntimeException());
        hearsThatItIsAnOrphan();

        replicas.get(1).lead();

        assertThat(nextHello(1).getAttachment().getState()).isEqualTo(Attachment.State.STATE_ABORTED);
    }

    @Test
    void shouldSayThatItGaveUpItsEpochWhenItDidSoBeforeItsHelloWasAnswered() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOneUnder(0, ORPHANED_SOON);
        replicas.get(0).standBy();
        replicas.get(1).lead();
        stream.onError(Status.UNAVAILABLE.asRuntimeException());
        assertThat(nextHello(1).getAttachment().getState()).isEqualTo(Attachment.State.STATE_RUNNING);
        nextStream(1); // and no answer
        hearsThatItIsAnOrphan();

        Hello second = nextHello(1);

        assertThat(second.getAttachment().getState()).isEqualTo(Attachment.State.STATE_ABORTED);
        assertThat(second.getPromisedTerm()).isEqualTo(TERM);
        nextStream(1).onNext(calmWelcome(NEXT_TERM));
        world.nextReattachment();
    }

    private void hearsThatItIsAnOrphan() throws InterruptedException {
        Object heard = world.nextHeard();
        while (!heard.toString().contains("no coordinator was heard")) {
            heard = world.nextHeard();
        }
    }

    @Test
    void shouldSendAHeartbeatAtOnceWhenItIsWelcome() throws Exception {
        replicas.get(0).lead();
        long begin = System.nanoTime();
        nextStream(0).onNext(welcome(TERM, 15_000, 60_000));

        replicas.get(0).nextControlUp(BodyCase.HEARTBEAT);

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void shouldTakeTheJobsEndFromTheNextLeader() throws Exception {
        StreamObserver<ControlDown> stream = runEpochOneUnder(0);
        replicas.get(0).standBy();
        replicas.get(1).lead();
        stream.onError(Status.UNAVAILABLE.asRuntimeException());

        nextStream(1).onNext(ControlWorld.jobEnded());

        assertThat(world.session().awaitJobEnd(PATIENCE).reason()).isEqualTo("all have finished");
        assertThat(world.session().state()).isEqualTo(SessionState.ENDED);
    }

    /** Once this returns the member runs epoch 1 under that replica, which leads. */
    private StreamObserver<ControlDown> runEpochOneUnder(int replica) throws Exception {
        return runEpochOneUnder(replica, CALM);
    }

    private StreamObserver<ControlDown> runEpochOneUnder(int replica, Duration heartbeatTimeout) throws Exception {
        return runEpochOneUnder(replica, welcome(TERM, 10, heartbeatTimeout.toMillis()));
    }

    private StreamObserver<ControlDown> runEpochOneUnder(int replica, ControlDown welcome) throws Exception {
        ScriptedCoordinator leader = replicas.get(replica);
        leader.lead();
        nextHello(replica);
        StreamObserver<ControlDown> stream = nextStream(replica);
        stream.onNext(welcome);
        stream.onNext(membership(1));
        stream.onNext(start(TERM, 1));
        stream.onNext(abort(TERM, 0)); // its acknowledgement says that all before it was taken
        leader.nextControlUp(BodyCase.ABORT_ACKNOWLEDGED);
        return stream;
    }

    private static ControlDown orphanedSoon() {
        ControlDown.Builder welcome = calmWelcome(TERM).toBuilder();
        welcome.getWelcomeBuilder().setOrphanTimeoutNanos(TimeUnit.MILLISECONDS.toNanos(300));
        return welcome.build();
    }

    private static ControlDown calmWelcome(Term term) {
        return welcome(term, 10, CALM.toMillis());
    }

    private Hello nextHello(int replica) throws InterruptedException {
        return replicas.get(replica).nextControlUp(BodyCase.HELLO).getHello();
    }

    private StreamObserver<ControlDown> nextStream(int replica) throws InterruptedException {
        StreamObserver<ControlDown> stream = streamsOf(replica).poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (stream == null) {
            throw new AssertionError("no hello at replica " + replica + " within " + PATIENCE);
        }
        return stream;
    }

    private BlockingQueue<StreamObserver<ControlDown>> streamsOf(int replica) {
        return streams.getOrDefault(replica, new LinkedBlockingQueue<>());
    }
}
