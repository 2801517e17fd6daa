package io.coxswain.worker.step;

import io.coxswain.v1.Abort;
import io.coxswain.v1.AbortAcknowledged;
import io.coxswain.v1.CommunicatorId;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobEnded;
import io.coxswain.v1.Leave;
import io.coxswain.v1.Membership;
import io.coxswain.v1.Refused;
import io.coxswain.v1.Start;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;
import io.coxswain.worker.step.SessionView.EpochView;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop's half of a session: keeps its state, answers at once what has to be, and publishes what it knows.
 *
 * <p>Owned by the event loop; {@link #published()} and {@link #closed()} may be read by any thread.
 */
final class ControlLink extends ClientCall.Listener<ControlDown> {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLink.class);

    private final SessionConfig config;
    private final SessionPorts ports;
    private final EventLoop loop;
    private final ClientCall<ControlUp, ControlDown> call;
    private final Published<SessionView> published = new Published<>(SessionView.connecting());
    private final CountDownLatch closed = new CountDownLatch(1);

    private SessionView view = SessionView.connecting();
    private @Nullable SilenceWatch watch;
    private @Nullable Future<?> nextTick;

    ControlLink(SessionConfig config, SessionPorts ports, EventLoop loop, ClientCall<ControlUp, ControlDown> call) {
        this.config = config;
        this.ports = ports;
        this.loop = loop;
        this.call = call;
    }

    SessionConfig config() {
        return config;
    }

    Published<SessionView> published() {
        return published;
    }

    /** Open until the stream has closed. */
    CountDownLatch closed() {
        return closed;
    }

    void start() {
        call.start(this, new Metadata());
        call.request(Integer.MAX_VALUE);
        Hello.Builder hello = config.hello().toBuilder();
        Term promised = ports.promisedTerm().current();
        if (promised.getNumber() != 0) {
            hello.setPromisedTerm(promised);
        }
        call.sendMessage(ControlUp.newBuilder().setHello(hello).build());
    }

    /** Sends, unless the session is over, which the forward thread learns otherwise. */
    void send(ControlUp message) {
        if (!view.state().isFinal()) {
            call.sendMessage(message);
        }
    }

    void leave(String reason) {
        if (!view.state().isFinal()) {
            call.sendMessage(ControlUp.newBuilder()
                    .setLeave(Leave.newBuilder().setReason(reason))
                    .build());
            call.halfClose();
            left(reason);
        }
    }

    /** Goes without a goodbye. */
    void cut() {
        if (!view.state().isFinal()) {
            left("the session was closed");
            call.cancel("the session was closed", null);
        }
    }

    private void left(String reason) {
        String text = "this member has left: " + reason;
        become(SessionState.LEFT, reason, view.endedBy(() -> new CoordinatorLostException(text)));
    }

    @Override
    public void onMessage(ControlDown down) {
        if (view.state().isFinal()) {
            return;
        }
        if (watch != null) {
            watch.heard(ports.nanoClock().getAsLong());
        }
        switch (down.getBodyCase()) {
            case WELCOME -> underTerm(down.getWelcome().getTerm(), () -> welcome(down.getWelcome()));
            case REFUSED -> refused(down.getRefused());
            case HEARTBEAT -> underTerm(down.getHeartbeat().getTerm(), () -> {});
            case MEMBERSHIP -> underTerm(down.getMembership().getTerm(), () -> membership(down.getMembership()));
            case COMMUNICATOR_ID -> communicatorId(down.getCommunicatorId());
            case START -> underTerm(down.getStart().getTerm(), () -> started(down.getStart()));
            case ABORT -> underTerm(down.getAbort().getTerm(), () -> aborted(down.getAbort()));
            case JOB_ENDED -> jobEnded(down.getJobEnded());
            case BODY_NOT_SET -> {
                // A case of a later contract, which receivers ignore.
            }
        }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        lost("the control stream to coordinator " + config.address() + " closed with " + Statuses.text(status));
        closed.countDown();
    }

    private void underTerm(Term term, Runnable handler) {
        if (ports.promisedTerm().admit(term)) {
            handler.run();
        } else {
            lost(ports.promisedTerm().refusalOf(term));
        }
    }

    private void welcome(Welcome welcome) {
        long interval = welcome.getHeartbeatIntervalNanos();
        long timeout = welcome.getHeartbeatTimeoutNanos();
        if (view.state() != SessionState.CONNECTING || interval <= 0 || timeout <= interval) {
            lost("the coordinator sent a welcome in state " + view.state() + " with a heartbeat interval of " + interval
                    + " ns and a timeout of " + timeout + " ns; allowed is one, with 0 < interval < timeout");
            return;
        }
        watch = new SilenceWatch(interval, timeout, ports.nanoClock().getAsLong());
        become(SessionState.WAITING, "place " + welcome.getPlace(), view.with(welcome));
        tick(watch, Duration.ofNanos(interval));
    }

    private void tick(SilenceWatch silence, Duration interval) {
        if (silence.tick(ports.nanoClock().getAsLong())) {
            lost("nothing heard from coordinator " + config.address() + " for longer than the heartbeat timeout");
            return;
        }
        send(ControlUp.newBuilder().setHeartbeat(ports.phases().heartbeat()).build());
        nextTick = loop.schedule(() -> tick(silence, interval), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void refused(Refused refused) {
        SessionView over = view.endedBy(() -> new JoinRefusedException(refused, config.address()));
        if (view.state() == SessionState.CONNECTING) {
            become(SessionState.REFUSED, refused.getKind() + ": " + refused.getReason(), over);
            call.halfClose();
        } else {
            unexpected("refused: " + refused.getReason());
        }
    }

    private void membership(Membership membership) {
        EpochView known = view.epoch();
        long number = membership.getEpoch().getNumber();
        if (!view.state().allows(SessionState.PREPARING)
                || (known != null && number <= known.membership().number())) {
            unexpected("membership of epoch " + number);
            return;
        }
        int rank = rankIn(membership);
        if (rank < 0) {
            lost("the membership of epoch " + number + " does not name this member");
            return;
        }
        GroupMembership group = new GroupMembership(
                membership.getEpoch(),
                rank,
                membership.getRanksList(),
                Duration.ofNanos(membership.getPrepareTimeoutNanos()));
        String reason = "epoch " + number + ": rank " + rank + " of " + group.worldSize();
        become(SessionState.PREPARING, reason, view.with(new EpochView(group, null, null)));
    }

    private int rankIn(Membership membership) {
        for (int rank = 0; rank < membership.getRanksCount(); rank++) {
            if (membership.getRanks(rank).getMember().getId()
                    == config.hello().getMember().getId()) {
                return rank;
            }
        }
        return -1;
    }

    private void communicatorId(CommunicatorId message) {
        EpochView known = view.epoch();
        // One of an epoch that is over may have been on its way.
        if (known != null && known.membership().epoch().equals(message.getEpoch())) {
            publish(view.with(known.withCommunicatorId(message.getId())));
        }
    }

    private void started(Start start) {
        EpochView known = view.epoch();
        if (view.state() == SessionState.PREPARING
                && known != null
                && known.membership().epoch().equals(start.getEpoch())) {
            become(SessionState.RUNNING, "epoch " + start.getEpoch().getNumber() + " starts", view);
        } else {
            unexpected("start of epoch " + start.getEpoch().getNumber());
        }
    }

    private void aborted(Abort message) {
        EpochAbort abort =
                new EpochAbort(message.getEpoch().getNumber(), message.getCulpritsList(), message.getReason());
        // First the listener: what is acknowledged must be true.
        ports.listener().onAbort(abort);
        send(ControlUp.newBuilder()
                .setAbortAcknowledged(AbortAcknowledged.newBuilder().setEpoch(message.getEpoch()))
                .build());
        EpochView known = view.epoch();
        if (known != null && known.membership().number() == abort.epoch() && known.abort() == null) {
            String reason = "epoch " + abort.epoch() + " aborted: " + abort.reason();
            become(SessionState.WAITING, reason, view.with(known.withAbort(abort)));
        }
    }

    private void jobEnded(JobEnded message) {
        JobEnd end = new JobEnd(message.getOutcome(), message.getReason(), message.getCulpritsList());
        become(SessionState.ENDED, end.outcome() + ": " + end.reason(), view.with(end));
        call.halfClose();
        ports.listener().onJobEnded(end);
    }

    private void unexpected(String what) {
        lost("the coordinator sent " + what + ", which has no place in state " + view.state());
    }

    private void lost(String reason) {
        if (view.state().isFinal()) {
            return;
        }
        become(SessionState.LOST, reason, view.endedBy(() -> new CoordinatorLostException(reason)));
        call.cancel(reason, null);
        ports.listener().onCoordinatorLost(reason);
    }

    /** The only way from one state to another. */
    private void become(SessionState next, String reason, SessionView known) {
        if (!view.state().allows(next)) {
            throw new IllegalStateException("a session cannot go from " + view.state() + " to " + next);
        }
        LOG.info("session {} -> {}: {}", view.state(), next, reason);
        if (next.isFinal() && nextTick != null) {
            nextTick.cancel(false);
        }
        publish(known.in(next));
    }

    private void publish(SessionView next) {
        view = next;
        published.set(next);
    }
}
