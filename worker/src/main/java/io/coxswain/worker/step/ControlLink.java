package io.coxswain.worker.step;

import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Leave;
import io.coxswain.v1.Refused;
import io.coxswain.v1.Welcome;
import io.coxswain.worker.net.Statuses;
import io.coxswain.worker.step.LinkTimers.Kind;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.netty.channel.EventLoop;
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
final class ControlLink implements ControlStream.Owner, ControlReceiver.Line {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLink.class);

    private final SessionConfig config;
    private final SessionPorts ports;
    private final LinkTimers timers;
    private final ManagedChannel channel;
    private final MemberProgress progress;
    private final ControlReceiver receiver;
    private final Patience patience;
    private final AttemptPauses pauses = new AttemptPauses();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** The latest of each kind that was insisted on. */
    private final Map<ControlUp.BodyCase, ControlUp> said = new EnumMap<>(ControlUp.BodyCase.class);

    private @Nullable ControlStream stream;
    /** Null while no coordinator has welcomed this member on the stream. */
    private @Nullable SilenceWatch watch;

    ControlLink(SessionConfig config, SessionPorts ports, EventLoop loop, ManagedChannel channel) {
        this.config = config;
        this.ports = ports;
        this.timers = new LinkTimers(loop);
        this.channel = channel;
        this.patience = new Patience(config, timers);
        this.progress = new MemberProgress(config, ports);
        this.receiver = new ControlReceiver(ports, progress, this);
    }

    SessionConfig config() {
        return config;
    }

    Published<SessionView> published() {
        return progress.published();
    }

    /** As {@link MemberProgress#hasSuccessor}. Any thread. */
    boolean hasSuccessor(Epoch epoch) {
        return progress.hasSuccessor(epoch);
    }

    /** Open until the session's last stream has closed. */
    CountDownLatch closed() {
        return closed;
    }

    void start() {
        if (!isOver()) {
            stream = new ControlStream(channel, this);
            stream.start(progress.hello());
            if (config.coordinator().isSingle() && progress.view().state() == SessionState.DETACHED) {
                patience.awaitsAnswer(progress.view().state(), this::avoidConnection);
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
    @Override
    public void send(ControlUp message) {
        if (!isOver() && stream != null) {
            stream.send(message);
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
            stream.finish();
        }
    }

    private void cancel(String reason) {
        if (stream == null) {
            closed.countDown();
        } else {
            stream.cancel(reason);
        }
    }

    @Override
    public void welcomed(Welcome welcome) {
        ControlStream answered = Objects.requireNonNull(stream, "a message came, so there is a stream");
        Admission admission = Admission.of(welcome, answered.peer());
        timers.cancelAll();
        pauses.startAnew();
        patience.welcomed(welcome);
        SessionView view = progress.view().with(admission);
        boolean returned = view.state() == SessionState.DETACHED;
        progress.become(view.attachedState(), "place " + welcome.getPlace(), view);
        receiver.follow(welcome.getTerm());
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

    private void tick(SilenceWatch silence, Duration interval) {
        if (silence.tick(ports.nanoClock().getAsLong())) {
            avoidConnection("nothing heard from coordinator " + config.coordinator()
                    + " for longer than the heartbeat timeout");
            return;
        }
        send(ControlUp.newBuilder().setHeartbeat(ports.phases().heartbeat()).build());
        timers.set(Kind.TICK, interval, () -> tick(silence, interval));
    }

    @Override
    public void refused(Refused refused) {
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
    @Override
    public void detach(String reason) {
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
            patience.searches(reason, this::giveUpEpoch, this::lost);
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
        ControlStream broken = stream;
        stream = null;
        if (broken != null) {
            broken.cancel(reason);
        }
        timers.cancel(Kind.TICK);
        timers.cancel(Kind.ANSWER);
        watch = null;
    }

    /** The hello on its way, sent or not, says that the epoch runs: another takes its place before anybody has answered it. */
    private void giveUpEpoch(String reason) {
        progress.orphaned(reason);
        if (stream != null) {
            forgetStream(reason);
            start();
        }
    }

    /**
     * The hello goes out to a replica only now. While none leads there is nobody whose answer could be late, and to connect anew would
     * only cut off the one that comes to lead just then.
     */
    @Override
    public void onConnected(ControlStream connected) {
        timers.execute(() -> {
            boolean waits = isCurrent(connected) && watch == null && connected.connects();
            if (waits && !isOver() && !config.coordinator().isSingle()) {
                patience.awaitsAnswer(progress.view().state(), this::avoidConnection);
            }
        });
    }

    @Override
    public void onMessage(ControlStream from, ControlDown down) {
        if (!isCurrent(from) || isOver()) {
            return;
        }
        if (watch != null) {
            watch.heard(ports.nanoClock().getAsLong());
        }
        receiver.receive(down);
    }

    @Override
    public void onClosed(ControlStream closedOne, Status status) {
        if (isOver()) {
            closed.countDown();
        } else if (isCurrent(closedOne) && isNotThereYet(status)) {
            tryAgain("coordinator " + config.coordinator() + " is not there yet: " + Statuses.text(status));
        } else if (isCurrent(closedOne)) {
            detach("the control stream to coordinator " + config.coordinator() + " closed with "
                    + Statuses.text(status));
        }
    }

    /** What comes on a stream that was given up is ignored. */
    @SuppressWarnings("ReferenceEquality") // a stream is itself and nothing else
    private boolean isCurrent(ControlStream one) {
        return stream == one;
    }

    @Override
    public void jobEnded() {
        timers.cancelAll();
        finish();
    }

    @Override
    public void lost(String reason) {
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
}
