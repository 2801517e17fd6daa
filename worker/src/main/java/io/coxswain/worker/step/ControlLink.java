package io.coxswain.worker.step;

import io.coxswain.v1.AbortAcknowledged;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Leave;
import io.coxswain.v1.Refused;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loop's half of a session: opens the control stream, and opens it again when it breaks; keeps up the heartbeats, and
 * answers at once what has to be.
 *
 * <p>Owned by the event loop; {@link #published()} and {@link #closed()} may be read by any thread.
 */
final class ControlLink {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final SessionConfig config;
    private final SessionPorts ports;
    private final EventLoop loop;
    private final ManagedChannel channel;
    private final MemberProgress progress;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** The latest of each kind that was insisted on. */
    private final Map<ControlUp.BodyCase, ControlUp> said = new EnumMap<>(ControlUp.BodyCase.class);

    private @Nullable Stream stream;
    private @Nullable SilenceWatch watch;
    private @Nullable Future<?> nextTick;
    private @Nullable Future<?> orphanTimer;
    private @Nullable Future<?> giveUpTimer;
    private Duration pause = FIRST_PAUSE;

    ControlLink(SessionConfig config, SessionPorts ports, EventLoop loop, ManagedChannel channel) {
        this.config = config;
        this.ports = ports;
        this.loop = loop;
        this.channel = channel;
        this.progress = new MemberProgress(config, ports);
    }

    SessionConfig config() {
        return config;
    }

    Published<SessionView> published() {
        return progress.published();
    }

    /** Open until the session's last stream has closed. */
    CountDownLatch closed() {
        return closed;
    }

    void start() {
        if (!isOver()) {
            stream = new Stream();
            stream.start();
        }
    }

    private boolean isOver() {
        return progress.view().state().isFinal();
    }

    /** Says something that has to reach the coordinator: it is said again on every new stream, where it may be old news. */
    void insist(ControlUp message) {
        said.put(message.getBodyCase(), message);
        send(message);
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
                stopTimers();
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
        Term before = ports.standing().term().current();
        if (!ports.standing().term().admit(welcome.getTerm())) {
            detach(ports.standing().term().refusalOf(welcome.getTerm()));
            return;
        }
        boolean anotherReigns = before.getNumber() != 0 && !before.equals(welcome.getTerm());
        attached(welcome, anotherReigns);
    }

    /** Acceptance goes on under the same coordinator; under another one only when that has said that the epoch goes on. */
    private void attached(Welcome welcome, boolean anotherReigns) {
        stopTimers();
        pause = FIRST_PAUSE;
        SessionView view = progress.view().with(welcome);
        boolean returned = view.state() == SessionState.DETACHED;
        progress.become(view.attachedState(), "place " + welcome.getPlace(), view);
        Acceptance acceptance = ports.standing().acceptance();
        if (anotherReigns) {
            progress.planIsOver("another coordinator reigns");
            acceptance.beginGeneration();
        } else {
            acceptance.thaw();
        }
        if (returned) {
            StepTarget target = StepTarget.choose(welcome.getStepSocketPath(), config.host(), config.port());
            ports.listener().onReattached(new Admission(welcome.getPlace(), target));
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
            detach("nothing heard from coordinator " + config.address() + " for longer than the heartbeat timeout");
            return;
        }
        send(ControlUp.newBuilder().setHeartbeat(ports.phases().heartbeat()).build());
        nextTick = later(interval, () -> tick(silence, interval));
    }

    private void refused(Refused refused) {
        if (refused.getKind() == Refused.Kind.KIND_STALE_TERM && progress.view().state() == SessionState.DETACHED) {
            detach("coordinator " + config.address() + " steps down: " + refused.getReason());
            return;
        }
        SessionView over = progress.view().endedBy(() -> new JoinRefusedException(refused, config.address()));
        String reason = refused.getKind() + ": " + refused.getReason();
        end(SessionState.REFUSED, reason, over);
        finish();
        ports.listener().onCoordinatorLost(reason);
    }

    /** The stream is of no use any more: another one is opened, and until it is answered nothing is accepted. */
    private void detach(String reason) {
        SessionView view = progress.view();
        if (view.state() == SessionState.CONNECTING) {
            lost(reason);
            return;
        }
        Stream broken = stream;
        stream = null;
        if (broken != null) {
            broken.call.cancel(reason, null);
        }
        if (nextTick != null) {
            nextTick.cancel(false);
        }
        watch = null;
        if (view.state() != SessionState.DETACHED) {
            ports.standing().acceptance().freeze();
            progress.become(SessionState.DETACHED, reason, view);
            Welcome welcome = view.welcome();
            long orphanNanos = welcome == null ? 0 : welcome.getOrphanTimeoutNanos();
            if (orphanNanos > 0) {
                orphanTimer = later(Duration.ofNanos(orphanNanos), () -> orphaned(orphanNanos));
            }
            giveUpTimer = later(
                    config.reattachTimeout(),
                    () -> lost("no coordinator was found within " + config.reattachTimeout() + " after: " + reason));
        }
        Future<?> unused = later(pause, () -> {
            channel.resetConnectBackoff();
            start();
        });
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }

    private void orphaned(long afterNanos) {
        progress.orphaned("no coordinator was heard for " + TimeUnit.NANOSECONDS.toMillis(afterNanos) + " ms");
    }

    private Future<?> later(Duration delay, Runnable task) {
        return loop.schedule(
                () -> {
                    if (!isOver()) {
                        task.run();
                    }
                },
                delay.toNanos(),
                TimeUnit.NANOSECONDS);
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
        stopTimers();
        progress.become(last, reason, known);
    }

    private void stopTimers() {
        for (Future<?> timer : new @Nullable Future<?>[] {nextTick, orphanTimer, giveUpTimer}) {
            if (timer != null) {
                timer.cancel(false);
            }
        }
    }

    /** One control stream; what comes on one that was given up is ignored. */
    @SuppressWarnings("ReferenceEquality") // a stream is itself and nothing else
    private final class Stream extends ClientCall.Listener<ControlDown> {
        private final ClientCall<ControlUp, ControlDown> call =
                channel.newCall(ControlServiceGrpc.getControlMethod(), CallOptions.DEFAULT.withWaitForReady());

        void start() {
            call.start(this, new Metadata());
            call.request(Integer.MAX_VALUE);
            call.sendMessage(ControlUp.newBuilder().setHello(progress.hello()).build());
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
            } else if (stream == this) {
                detach("the control stream to coordinator " + config.address() + " closed with "
                        + Statuses.text(status));
            }
        }
    }
}
