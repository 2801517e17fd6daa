package io.coxswain.worker.step;

import com.google.protobuf.ByteString;
import io.coxswain.v1.CollectiveFailed;
import io.coxswain.v1.CommunicatorId;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.DrainWish;
import io.coxswain.v1.PreparationFailed;
import io.coxswain.v1.Prepared;
import io.coxswain.worker.net.ReplicaChannels;
import io.coxswain.worker.net.Transports;
import io.coxswain.worker.step.SessionView.EpochView;
import io.grpc.ManagedChannel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A member's session with the coordinator: joins, keeps up the heartbeats, and hands the forward thread what comes down
 * the control stream.
 *
 * <p>The stream lives on an event loop of its own. The methods here are the forward thread's or the one that prepares a
 * planned epoch; {@link #leave}, {@link #state} and {@link #close} may be called by any thread. Each wait has a deadline, and ends at once with a
 * {@link SessionException} when what is waited for cannot come any more; an interrupt ends it with InterruptedException.
 */
public final class CoordinatorSession implements AutoCloseable {
    // gRPC's own pause between two attempts grows to two minutes, by which a worker would miss a coordinator that comes
    // up.
    private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final EventLoop loop;
    private final ManagedChannel channel;
    private final ControlLink link;
    private final Future<?> reconnect;
    private long takenEpoch;

    private CoordinatorSession(EventLoop loop, ManagedChannel channel, ControlLink link, Future<?> reconnect) {
        this.loop = loop;
        this.channel = channel;
        this.link = link;
        this.reconnect = reconnect;
    }

    /**
     * Starts to join, and goes on trying while the coordinator is not up; {@link #awaitWelcome} says how it went.
     *
     * @param group whose event loop the stream lives on; the caller shuts it down after the session
     */
    public static CoordinatorSession connect(SessionConfig config, EventLoopGroup group, SessionPorts ports) {
        EventLoop loop = group.next();
        ManagedChannel channel = ReplicaChannels.to(config.coordinator())
                .eventLoopGroup(loop)
                .channelType(Transports.of(loop).socketChannelType())
                .directExecutor()
                .disableRetry()
                .build();
        ControlLink link = new ControlLink(config, ports, loop, channel);
        Future<?> reconnect = loop.scheduleWithFixedDelay(
                channel::resetConnectBackoff, RECONNECT_NANOS, RECONNECT_NANOS, TimeUnit.NANOSECONDS);
        CoordinatorSession session = new CoordinatorSession(loop, channel, link, reconnect);
        loop.execute(link::start);
        return session;
    }

    /** Where the session is now. */
    public SessionState state() {
        return link.published().get().state();
    }

    /**
     * Waits until a coordinator has taken the member.
     *
     * @throws JoinRefusedException if it does not
     * @throws CoordinatorLostException if it was not reached or did not answer in time; the text names its address
     */
    public Admission awaitWelcome(Duration timeout) throws InterruptedException {
        SessionConfig config = link.config();
        Admission admission = link.published().await(CoordinatorSession::admissionOf, timeout);
        if (admission == null) {
            throw new CoordinatorLostException("coordinator " + config.coordinator()
                    + " did not take this member within " + timeout + "; the connection is " + channel.getState(false));
        }
        return admission;
    }

    /** A member that was taken has been taken, though the job may be over since: the next wait says so. */
    private static @Nullable Admission admissionOf(SessionView view) {
        if (view.admission() == null) {
            requireGoingOn(view);
        }
        return view.admission();
    }

    /** Waits for the next epoch: one that this method did not return before, and that is not over. */
    public GroupMembership awaitMembership(Duration timeout) throws InterruptedException {
        GroupMembership next = await(view -> newMembership(view.epoch()), timeout);
        if (next == null) {
            throw new SessionTimeoutException("a membership after epoch " + takenEpoch, timeout);
        }
        takenEpoch = next.number();
        return next;
    }

    private @Nullable GroupMembership newMembership(@Nullable EpochView epoch) {
        if (epoch == null || epoch.isOver() || epoch.membership().number() <= takenEpoch) {
            return null;
        }
        return epoch.membership();
    }

    /** Passes the communicator's id, 1 to 1,024 bytes, to all ranks; only rank 0 does. */
    public void publishCommunicatorId(GroupMembership membership, byte[] id) {
        if (id.length < 1 || id.length > 1024) {
            throw new IllegalArgumentException("id has " + id.length + " bytes; allowed is 1 to 1024");
        }
        CommunicatorId message = CommunicatorId.newBuilder()
                .setEpoch(membership.epoch())
                .setId(ByteString.copyFrom(id))
                .build();
        send(ControlUp.newBuilder().setCommunicatorId(message).build());
    }

    /**
     * Waits for rank 0's communicator id. Rank 0 gets its own back.
     *
     * @throws EpochAbortedException if the epoch ends before
     */
    public byte[] awaitCommunicatorId(GroupMembership membership, Duration timeout) throws InterruptedException {
        ByteString id = await(view -> requireAlive(view, membership).communicatorId(), timeout);
        if (id == null) {
            throw new SessionTimeoutException("the communicator id of epoch " + membership.number(), timeout);
        }
        return id.toByteArray();
    }

    /** Says that this member's collectives of the epoch are connected. */
    public void prepared(GroupMembership membership) {
        Prepared message = Prepared.newBuilder().setEpoch(membership.epoch()).build();
        send(ControlUp.newBuilder().setPrepared(message).build());
    }

    /** Says that they cannot be connected, and why. */
    public void preparationFailed(GroupMembership membership, String reason) {
        PreparationFailed message = PreparationFailed.newBuilder()
                .setEpoch(membership.epoch())
                .setReason(reason)
                .build();
        breakOff(
                membership, ControlUp.newBuilder().setPreparationFailed(message).build());
    }

    /**
     * Waits until all members are prepared.
     *
     * @throws EpochAbortedException if the epoch ends before
     */
    public void awaitStart(GroupMembership membership, Duration timeout) throws InterruptedException {
        EpochView started = await(
                view -> {
                    EpochView epoch = requireAlive(view, membership);
                    return epoch.started() ? epoch : null;
                },
                timeout);
        if (started == null) {
            throw new SessionTimeoutException("the start of epoch " + membership.number(), timeout);
        }
    }

    /**
     * Says that a collective of the epoch failed, and not by an abort. What follows from that is the coordinator's to say.
     *
     * @param reason which operation, which peer; for people
     */
    public void collectiveFailed(GroupMembership membership, String reason) {
        CollectiveFailed message = CollectiveFailed.newBuilder()
                .setEpoch(membership.epoch())
                .setReason(reason)
                .build();
        breakOff(membership, ControlUp.newBuilder().setCollectiveFailed(message).build());
    }

    private void breakOff(GroupMembership membership, ControlUp message) {
        loop.execute(() -> link.breakOff(membership.epoch(), message));
    }

    /** Waits until the epoch is over: aborted, or replaced by another. */
    public void awaitEnd(GroupMembership membership, Duration timeout) throws InterruptedException {
        Boolean over = await(view -> isOver(view, membership) ? Boolean.TRUE : null, timeout);
        if (over == null) {
            throw new SessionTimeoutException("the end of epoch " + membership.number(), timeout);
        }
    }

    /** Whether the epoch was aborted, or another has taken its place. */
    public boolean isOver(GroupMembership membership) {
        return isOver(link.published().get(), membership);
    }

    private static boolean isOver(SessionView view, GroupMembership membership) {
        EpochView epoch = view.epochOf(membership.epoch());
        return epoch == null || epoch.isOver();
    }

    /** Whether a group stands still until this member is prepared. */
    public boolean isWaitedFor() {
        EpochView epoch = link.published().get().epoch();
        return epoch != null && epoch.membership().replaces().isEmpty();
    }

    /** Whether this member is in the epoch that follows as planned; if not, it was drained. */
    public boolean hasSuccessor(GroupMembership membership) {
        return link.hasSuccessor(membership.epoch());
    }

    /** Asks to leave as soon as the group can go on without this member. Any thread. */
    public void wishDrain(String reason) {
        DrainWish message = DrainWish.newBuilder().setReason(reason).build();
        send(ControlUp.newBuilder().setDrainWish(message).build());
    }

    /** Waits for the end of the job, as it follows a step that decided STOP. */
    public JobEnd awaitJobEnd(Duration timeout) throws InterruptedException {
        JobEnd end = link.published().await(CoordinatorSession::jobEndOf, timeout);
        if (end == null) {
            throw new SessionTimeoutException("the end of the job", timeout);
        }
        return end;
    }

    /**
     * Says goodbye, unless the session is over, and waits until the coordinator has closed the stream.
     *
     * @param reason for people
     * @param atMost the longest wait
     */
    public void leave(String reason, Duration atMost) throws InterruptedException {
        loop.execute(() -> link.leave(reason));
        if (!link.closed().await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new SessionTimeoutException("the end of the control stream", atMost);
        }
    }

    /** Cuts the connection, without a goodbye. Does not block. */
    @Override
    public void close() {
        reconnect.cancel(false);
        loop.execute(() -> {
            link.cut();
            channel.shutdownNow();
        });
    }

    private void send(ControlUp message) {
        loop.execute(() -> link.insist(message));
    }

    private <R> @Nullable R await(Function<SessionView, @Nullable R> wanted, Duration timeout)
            throws InterruptedException {
        return link.published()
                .await(
                        view -> {
                            requireGoingOn(view);
                            return wanted.apply(view);
                        },
                        timeout);
    }

    private static @Nullable JobEnd jobEndOf(SessionView view) {
        SessionView.Ending ending = view.ending();
        if (ending == null || ending.jobEnd() != null) {
            return ending == null ? null : ending.jobEnd();
        }
        throw ending.exception().get();
    }

    /** Throws why the session is over, if it is. */
    private static void requireGoingOn(SessionView view) {
        SessionView.Ending ending = view.ending();
        if (ending != null) {
            throw ending.exception().get();
        }
    }

    private static EpochView requireAlive(SessionView view, GroupMembership membership) {
        EpochView epoch = view.epochOf(membership.epoch());
        if (epoch == null) {
            String reason = "another epoch has taken its place";
            throw new EpochAbortedException(new EpochAbort(membership.number(), List.of(), reason));
        }
        EpochAbort abort = epoch.abort();
        if (abort != null) {
            throw new EpochAbortedException(abort);
        }
        return epoch;
    }
}
