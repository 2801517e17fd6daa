package io.coxswain.worker.step;

import io.coxswain.v1.Epoch;
import io.coxswain.v1.Member;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepServiceGrpc;
import io.coxswain.v1.StepUp;
import io.coxswain.worker.net.Transports;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a rank's step streams. It has no thread: the forward thread runs its event loop while it waits for a
 * decision, which saves two thread hops a step, and nothing runs during a forward pass.
 *
 * <p>Owned by the thread that connects, which is the forward thread; {@link #wakeUp()} and {@link #stopThrough} may be
 * called by any thread.
 */
public final class StepClient implements AutoCloseable {
    /** For {@link #stopThrough}: every epoch, those to come included. */
    public static final long ALL_EPOCHS = Long.MAX_VALUE;

    // Above every epoch of a job, so that the abort of one does not end a rehearsal.
    private static final long REHEARSAL_EPOCH = Long.MAX_VALUE;
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final StepLink link;
    private @Nullable StepStream current;

    private StepClient(StepLink link) {
        this.link = link;
    }

    /**
     * A client for the calling thread. The connection is made when the first stream opens.
     *
     * @param standing what this member has promised and accepted; shared with its session
     * @param phases told of reports and decisions
     */
    public static StepClient connect(StepTarget target, MemberStanding standing, PhaseBoard phases) {
        return connect(target, standing, phases, Transports.best());
    }

    static StepClient connect(StepTarget target, MemberStanding standing, PhaseBoard phases, Transports io) {
        DrivenLoop loop = new DrivenLoop(Thread.currentThread(), io.newHandlerFactory());
        StepCalls calls = new StepCalls(target, loop, io);
        return new StepClient(new StepLink(loop, calls, standing, phases, new StopSwitch()));
    }

    /**
     * Opens the step stream of an epoch. Does not wait for the connection.
     *
     * @throws IllegalStateException if the one before is not closed
     * @throws StepException of kind STOPPED if the epoch is over
     */
    public StepStream open(StepSeat seat) {
        link.loop().checkOwner();
        link.stops().check(seat.epoch().getNumber());
        StepStream stream = open(seat, link, StepServiceGrpc.getStepMethod());
        link.phases().enter(seat.epoch());
        return stream;
    }

    /**
     * Exchanges reports and decisions with the coordinator that no job counts, so that the code on both sides is compiled
     * and the socket is warm before the first step.
     *
     * @param steps how many, at the most
     * @param budget how long, at the most
     * @param urgent asked before each; where it is true, the rehearsal ends
     * @return how many it were
     * @throws StepException if the coordinator does not answer as the contract says
     */
    public int rehearse(int steps, Duration budget, BooleanSupplier urgent) {
        link.loop().checkOwner();
        Epoch epoch = Epoch.newBuilder()
                .setCreatingTerm(link.term().current())
                .setNumber(REHEARSAL_EPOCH)
                .build();
        StepSeat seat = new StepSeat("rehearsal", Member.getDefaultInstance(), 0, epoch, 1);
        StepLink unseen =
                new StepLink(link.loop(), link.calls(), link.standing().rehearsing(), new PhaseBoard(), link.stops());
        StepFacts facts = new StepFacts(1, 1, 1, false, false, 0, List.of());
        long deadlineNanos = System.nanoTime() + budget.toNanos();
        try (StepStream stream = open(seat, unseen, StepServiceGrpc.getRehearseMethod())) {
            for (int done = 0; done < steps; done++) {
                if (urgent.getAsBoolean()) {
                    return done;
                }
                stream.report(facts);
                long remainingNanos = deadlineNanos - System.nanoTime();
                if (stream.await(StepStream::never, Duration.ofNanos(remainingNanos)) == null) {
                    return done;
                }
            }
            return steps;
        }
    }

    /** Has the wait that is under way, or the next one, look at its conditions again. Any thread. */
    public void wakeUp() {
        link.loop().wakeUp();
    }

    /**
     * Ends the waits of an epoch and of all before it, now and for good, with a StepException of kind STOPPED. Any thread.
     *
     * @param lastEpoch number of the last epoch that is over
     */
    public void stopThrough(long lastEpoch, String reason) {
        link.stops().stopThrough(lastEpoch, reason);
        link.loop().wakeUp();
    }

    /** Another coordinator reigns, which serves the step service there: streams that open from now on go there. Any thread. */
    public void retarget(StepTarget target) {
        link.calls().retarget(target);
        link.loop().wakeUp();
    }

    /** Closes the connection; at most a second or so. */
    @Override
    public void close() {
        DrivenLoop loop = link.loop();
        loop.checkOwner();
        link.calls().shutdownNow();
        long deadlineNanos = System.nanoTime() + CLOSE_NANOS;
        while (!link.calls().isTerminated() && System.nanoTime() < deadlineNanos) {
            loop.clearWakeUp();
            loop.drive(TimeUnit.MILLISECONDS.toNanos(10));
        }
        Future<?> terminated = loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
        while (!terminated.isDone() && System.nanoTime() < deadlineNanos) {
            loop.runNow();
        }
    }

    private StepStream open(StepSeat seat, StepLink streamLink, MethodDescriptor<StepUp, StepDown> method) {
        if (current != null && !current.isClosed()) {
            throw new IllegalStateException("a step stream is open; it has to be closed before the next is opened");
        }
        StepStream stream = new StepStream(seat, streamLink, method);
        current = stream;
        stream.start();
        return stream;
    }
}
