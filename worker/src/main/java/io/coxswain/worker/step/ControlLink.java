package io.coxswain.worker.step;

import io.coxswain.v1.AbortAcknowledged;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Leave;
import io.coxswain.v1.Refused;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;
import io.coxswain.worker.net.Statuses;
import io.coxswain.worker.step.LinkTimers.Kind;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop's half of a session: opens the control stream, and opens it again when it breaks; keeps up the heartbeats, and
 * answers at once what has to be.
 *
 * <p>Owned by the event loop; {@link #published()} and {@link #closed()} may be read by any thread.
 */
final class ControlLink {
    /** For the answer to a hello, before a coordinator has said how long its silence may last. */
    private static final Duration FIRST_ANSWER_LIMIT = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(ControlLink.class);

    private final SessionConfig config;
    private final SessionPorts ports;
    private final LinkTimers timers;
    private final ManagedChannel channel;
    private final MemberProgress progress;
    private final AttemptPauses pauses = new AttemptPauses();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** The latest of each kind that was insisted on. */
    private final Map<ControlUp.BodyCase, ControlUp> said = new EnumMap<>(ControlUp.BodyCase.class);

    private @Nullable Stream stream;
    /** Null while no coordinator has welcomed this member on the stream. */
    private @Nullable SilenceWatch watch;

    private Welcome latestWelcome = Welcome.getDefaultInstance();
    /** The term under which decisions are accepted; absent before the first welcome. */
    private @Nullable Term followed;

    ControlLink(SessionConfig config, SessionPorts ports, EventLoop loop, ManagedChannel channel) {
        this.config = config;
        this.ports = ports;
        this.timers = new LinkTimers(loop);
        this.channel = channel;
        this.progress = new MemberProgress(config, ports);
    }

    SessionConfig config() {
        return config;
    }

    Published<SessionView> published() {
        return progress.published();
    }

    /**
     * Whether this member is in the epoch that follows one which ended with RECONFIGURE. That the successor has come to nothing since,
     * or its coordinator with it, does not mean that this member was drained. Any thread.
     */
    boolean hasSuccessor(Epoch epoch) {
        StepDecision last = ports.standing().acceptance().state().accepted();
        if (last != null && last.getEpoch().equals(epoch) && last.hasSuccessor()) {
            return progress.wasToldOf(last.getSuccessor().getNumber());
        }
        return published().get().hasSuccessorOf(epoch);
    }

    /** Open until the session's last stream has closed. */
    CountDownLatch closed() {
        return closed;
    }

    void start() {
        if (!isOver()) {
            stream = new Stream();
            stream.start();
            if (config.coordinator().isSingle() && progress.view().state() == SessionState.DETACHED) {
                requireAnswer();
            }
        }
    }

    private boolean isOver() {
        return progress.view().state().isFinal();
    }

    /**
     * Says something that has to reach the coordinator: it is said again on every new stream, where it may be old news. Before the
     * welcome a stream carries nothing but the hello, for what follows it says that the coordinator's term is promised.
     */
    void insist(ControlUp message) {
        said.put(message.getBodyCase(), message);
        if (watch != null) {
            send(message);
        }
    }

    /** The same of an epoch that this member has stopped working on, which it also brings along from now on. */
    void breakOff(Epoch epoch, ControlUp message) {
        progress.brokeOff(epoch);
        insist(message);
    }

    /** Sends; nothing while there is no coordinator. */
    private void send(ControlUp message) {
        if (!isOver() && stream != null) {
            stream.call.sendMessage(message);
        }
    }

    void leave(String reason) {
        if (!isOver()) {
            send(ControlUp.newBuilder()
                    .setLeave(Leave.newBuilder().setReason(reason))
                    .build());
            left(reason);
            finish();
        }
    }

    /** Goes without a goodbye. */
    void cut() {
        if (!isOver()) {
            left("the session was closed");
            cancel("the session was closed");
        }
    }

    private void left(String reason) {
        String text = "this member has left: " + reason;
        end(SessionState.LEFT, reason, progress.view().endedBy(() -> new CoordinatorLostException(text)));
    }

    /** Says that nothing more comes from here, and lets the coordinator close its side. */
    private void finish() {
        if (stream == null) {
            closed.countDown();
        } else {
            stream.call.halfClose();
        }
    }

    private void cancel(String reason) {
        if (stream == null) {
            closed.countDown();
        } else {
            stream.call.cancel(reason, null);
        }
    }

    private void receive(ControlDown down) {
        if (watch != null) {
            watch.heard(ports.nanoClock().getAsLong());
        }
        switch (down.getBodyCase()) {
            case WELCOME -> welcome(down.getWelcome());
            case REFUSED -> refused(down.getRefused());
            case HEARTBEAT -> underTerm(down.getHeartbeat().getTerm(), () -> null);
            case MEMBERSHIP ->
                underTerm(down.getMembership().getTerm(), () -> progress.membership(down.getMembership()));
            case COMMUNICATOR_ID -> progress.communicatorId(down.getCommunicatorId());
            case START -> underTerm(down.getStart().getTerm(), () -> started(down));
            case ABORT -> underTerm(down.getAbort().getTerm(), () -> aborted(down));
            case DRAIN_REFUSED ->
                ports.listener().onDrainRefused(down.getDrainRefused().getReason());
            case JOB_ENDED -> {
                timers.cancelAll();
                progress.jobEnded(down.getJobEnded());
                finish();
            }
            case BODY_NOT_SET -> {
                // A case of a later contract, which receivers ignore.
            }
        }
    }

    /** What a message of a term says, if this member listens to that term; returns what is wrong with it. */
    private interface Handler {
        @Nullable
        String handle();
    }

    private void underTerm(Term term, Handler handler) {
        if (!ports.standing().term().admit(term)) {
            lost(ports.standing().term().refusalOf(term));
            return;
        }
        String wrong = handler.handle();
        if (wrong != null) {
            lost("the coordinator sent " + wrong + ", in state "
                    + progress.view().state());
        }
    }

    private @Nullable String started(ControlDown down) {
        String wrong = progress.started(down.getStart());
        followed = down.getStart().getTerm();
        ports.standing().acceptance().thaw();
        ports.listener().onProgress();
        return wrong;
    }

    private @Nullable String aborted(ControlDown down) {
        progress.aborted(down.getAbort());
        send(ControlUp.newBuilder()
                .setAbortAcknowledged(
                        AbortAcknowledged.newBuilder().setEpoch(down.getAbort().getEpoch()))
                .build());
        return null;
    }

    private void welcome(Welcome welcome) {
        SessionView view = progress.view();
        long interval = welcome.getHeartbeatIntervalNanos();
        long timeout = welcome.getHeartbeatTimeoutNanos();
        boolean expected = view.state() == SessionState.CONNECTING || view.state() == SessionState.DETACHED;
        if (!expected || interval <= 0 || timeout <= interval) {
            lost("the coordinator sent a welcome in state " + view.state() + " with a heartbeat interval of " + interval
                    + " ns and a timeout of " + timeout + " ns; allowed is one, with 0 < interval < timeout");
            return;
        }
        if (!ports.standing().term().admit(welcome.getTerm())) {
            detach(ports.standing().term().refusalOf(welcome.getTerm()));
            return;
        }
        attached(welcome, Admission.of(welcome, peer()));
    }

    /** Which of the replicas the stream leads to. */
    private SocketAddress peer() {
        Stream answered = Objects.requireNonNull(stream, "a message came, so there is a stream");
        return Objects.requireNonNull(
                answered.call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
                "a call that was answered has a peer");
    }

    private void attached(Welcome welcome, Admission admission) {
        timers.cancelAll();
        pauses.startAnew();
        latestWelcome = welcome;
        SessionView view = progress.view().with(admission);
        boolean returned = view.state() == SessionState.DETACHED;
        progress.become(view.attachedState(), "place " + welcome.getPlace(), view);
        follow(welcome.getTerm());
        if (returned) {
            ports.listener().onReattached(admission);
        }
        said.values().forEach(this::send);
        SilenceWatch silence = new SilenceWatch(
                welcome.getHeartbeatIntervalNanos(),
                welcome.getHeartbeatTimeoutNanos(),
                ports.nanoClock().getAsLong());
        watch = silence;
        tick(silence, Duration.ofNanos(welcome.getHeartbeatIntervalNanos()));
    }

    /** Acceptance goes on under the coordinator that it is bound to; under another one only when that says that the epoch goes on. */
    private void follow(Term term) {
        if (followed == null) {
            followed = term;
        }
        if (followed.equals(term)) {
            ports.standing().acceptance().thaw();
        } else {
            progress.planIsOver("another coordinator reigns");
            ports.standing().acceptance().beginGeneration();
        }
    }

    private void tick(SilenceWatch silence, Duration interval) {
        if (silence.tick(ports.nanoClock().getAsLong())) {
            avoidConnection("nothing heard from coordinator " + config.coordinator()
                    + " for longer than the heartbeat timeout");
            return;
        }
        send(ControlUp.newBuilder().setHeartbeat(ports.phases().heartbeat()).build());
        timers.set(Kind.TICK, interval, () -> tick(silence, interval));
    }

    private void refused(Refused refused) {
        if (refused.getKind() == Refused.Kind.KIND_STALE_TERM && progress.view().state() == SessionState.DETACHED) {
            detach("coordinator " + config.coordinator() + " steps down: " + refused.getReason());
            return;
        }
        SessionView over = progress.view()
                .endedBy(() ->
                        new JoinRefusedException(refused, config.coordinator().toString()));
        String reason = refused.getKind() + ": " + refused.getReason();
        end(SessionState.REFUSED, reason, over);
        finish();
        ports.listener().onCoordinatorLost(reason);
    }

    /** What is silent may be the connection: the next stream comes over a new one. */
    private void avoidConnection(String reason) {
        detach(reason);
        channel.enterIdle();
    }

    /** The stream is of no use any more: another one is opened, and until it is answered nothing is accepted. */
    private void detach(String reason) {
        SessionView view = progress.view();
        boolean joining = view.state() == SessionState.CONNECTING;
        if (joining && config.coordinator().isSingle()) {
            lost(reason);
            return;
        }
        forgetStream(reason);
        if (!joining && view.state() != SessionState.DETACHED) {
            ports.standing().acceptance().freeze();
            progress.become(SessionState.DETACHED, reason, view);
            limitTheSearch(reason);
        }
        if (config.coordinator().isSingle()) {
            // Its name may lead to another process now. Among replicas the health service says which to go to.
            channel.enterIdle();
        }
        timers.set(Kind.ATTEMPT, pauses.next(), this::start);
    }

    /** Whoever starts coordinator and workers by themselves cannot say which is there first: until the join timeout all may come. */
    private boolean isNotThereYet(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE && progress.view().state() == SessionState.CONNECTING;
    }

    private void tryAgain(String reason) {
        LOG.info("{}", reason);
        forgetStream(reason);
        timers.set(Kind.ATTEMPT, pauses.next(), this::start);
    }

    private void forgetStream(String reason) {
        Stream broken = stream;
        stream = null;
        if (broken != null) {
            broken.call.cancel(reason, null);
        }
        timers.cancel(Kind.TICK);
        timers.cancel(Kind.ANSWER);
        watch = null;
    }

    private void limitTheSearch(String reason) {
        Duration orphanTimeout = Duration.ofNanos(latestWelcome.getOrphanTimeoutNanos());
        if (!orphanTimeout.isZero()) {
            String text = "no coordinator was heard for " + orphanTimeout.toMillis() + " ms";
            timers.set(Kind.ORPHAN, orphanTimeout, () -> giveUpEpoch(text));
        }
        String text = "no coordinator was found within " + config.reattachTimeout() + " after: " + reason;
        timers.set(Kind.GIVE_UP, config.reattachTimeout(), () -> lost(text));
    }

    /** The hello on its way, sent or not, says that the epoch runs: another takes its place before anybody has answered it. */
    private void giveUpEpoch(String reason) {
        progress.orphaned(reason);
        if (stream != null) {
            forgetStream(reason);
            start();
        }
    }

    /** A connection can be dead without having broken; and who accepts it may be no coordinator any more. */
    private void requireAnswer() {
        boolean joining = progress.view().state() == SessionState.CONNECTING;
        Duration limit = joining ? FIRST_ANSWER_LIMIT : Duration.ofNanos(latestWelcome.getHeartbeatTimeoutNanos());
        String text = "coordinator " + config.coordinator() + " did not answer a hello within " + limit;
        timers.set(Kind.ANSWER, limit, () -> avoidConnection(text));
    }

    /**
     * The hello goes out to a replica only now. While none leads there is nobody whose answer could be late, and to connect anew would
     * only cut off the one that comes to lead just then.
     */
    @SuppressWarnings("ReferenceEquality") // a stream is itself and nothing else
    private void connected(Stream opened) {
        boolean first = stream == opened && watch == null && !opened.isConnected;
        opened.isConnected = true;
        if (first && !isOver() && !config.coordinator().isSingle()) {
            requireAnswer();
        }
    }

    private void lost(String reason) {
        if (isOver()) {
            return;
        }
        end(SessionState.LOST, reason, progress.view().endedBy(() -> new CoordinatorLostException(reason)));
        cancel(reason);
        ports.listener().onCoordinatorLost(reason);
    }

    private void end(SessionState last, String reason, SessionView known) {
        timers.cancelAll();
        progress.become(last, reason, known);
    }

    /** One control stream; what comes on one that was given up is ignored. */
    @SuppressWarnings("ReferenceEquality") // a stream is itself and nothing else
    private final class Stream extends ClientCall.Listener<ControlDown> {
        private final ClientCall<ControlUp, ControlDown> call =
                channel.newCall(ControlServiceGrpc.getControlMethod(), CallOptions.DEFAULT.withWaitForReady());

        private boolean isConnected;

        void start() {
            call.start(this, new Metadata());
            call.request(Integer.MAX_VALUE);
            call.sendMessage(ControlUp.newBuilder().setHello(progress.hello()).build());
        }

        @Override
        public void onReady() {
            timers.execute(() -> connected(this));
        }

        @Override
        public void onMessage(ControlDown down) {
            if (stream == this && !isOver()) {
                receive(down);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (isOver()) {
                closed.countDown();
            } else if (stream == this && isNotThereYet(status)) {
                tryAgain("coordinator " + config.coordinator() + " is not there yet: " + Statuses.text(status));
            } else if (stream == this) {
                detach("the control stream to coordinator " + config.coordinator() + " closed with "
                        + Statuses.text(status));
            }
        }
    }
}
