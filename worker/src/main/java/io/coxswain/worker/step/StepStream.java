package io.coxswain.worker.step;

import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepUp;
import io.coxswain.worker.step.StepException.Kind;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one epoch, in order: a report up, a decision down.
 *
 * <pre>{@code
 * AgreedStep step = stream.agree(facts, timeout);
 *
 * stream.report(StepFacts.nothingToRun(votes));
 * AgreedStep decided = stream.await(feed::hasWork, atMost);
 * if (decided == null && feed.hasWork()) {
 *     stream.replace(facts);
 * }
 * }</pre>
 *
 * <p>A stream that breaks is opened again behind the caller's back, and so is one whose coordinator has lost its reign; see
 * {@link Acceptance} for what keeps that safe.
 *
 * <p>Owned by the forward thread; its calls throw IllegalStateException on any other. Messages arrive only while that
 * thread waits in {@link #agree} or {@link #await}.
 */
public final class StepStream implements AutoCloseable {
    private final StepSeat seat;
    private final StepLink link;
    private final MethodDescriptor<StepUp, StepDown> method;
    private final OpenStep open = new OpenStep();
    private final Reopenings reopenings = new Reopenings();

    private StepCall call;
    /** What the coordinator does not know yet: it goes with every report until one is decided on. */
    private @Nullable CapturedGraphs capturedNews;

    private boolean closed;

    StepStream(StepSeat seat, StepLink link, MethodDescriptor<StepUp, StepDown> method) {
        this.seat = seat;
        this.link = link;
        this.method = method;
        this.call =
                new StepCall(seat, link, method, open, link.acceptance().state().generation());
    }

    void start() {
        link.acceptance().enter(seat.epoch().getNumber());
        call.start();
    }

    /** The call was lost, or is void since another coordinator reigns: the next one says again what is open. */
    private void reopen(int generation) {
        call.cancel("another stream takes the place of this one");
        call = new StepCall(seat, link, method, open, generation);
        call.start();
        StepFacts reported = open.reported();
        if (reported != null) {
            send(reported);
        }
    }

    /**
     * The graphs that this rank has from now on; the next report says so. To be told before the first report of every epoch where
     * they are not {@link CapturedGraphs#ALL}.
     */
    public void captured(CapturedGraphs graphs) {
        link.loop().checkOwner();
        capturedNews = graphs;
        link.standing().captured(graphs);
    }

    /** Ranks of the epoch. */
    public int worldSize() {
        return seat.worldSize();
    }

    /** Number of the step that the next decision is for. */
    public long step() {
        return open.number();
    }

    /**
     * Reports the next step and waits for its decision. For a rank that has nothing to run and would wait until another
     * has, {@link #report} and {@link #await} are the better calls.
     *
     * @throws StepException if there is no decision; of kind TIMED_OUT, the report stays open
     */
    public AgreedStep agree(StepFacts facts, Duration timeout) {
        report(facts);
        AgreedStep agreed = await(StepStream::never, timeout);
        if (agreed == null) {
            throw new StepException(
                    Kind.TIMED_OUT,
                    "no decision for step " + open.number() + " of epoch "
                            + seat.epoch().getNumber() + " from " + link.calls().target() + " within " + timeout);
        }
        return agreed;
    }

    /**
     * Sends the report of the next step, and does not wait.
     *
     * @throws StepException if the stream has failed
     * @throws IllegalStateException if a report is open, or the epoch's last decision was taken
     */
    public void report(StepFacts facts) {
        link.loop().checkOwner();
        open.report(facts);
        StepException failure = call.failure();
        if (failure == null) {
            send(facts);
        } else if (!mayBeMended(failure)) {
            throw failure;
        }
        link.phases().reported();
    }

    /**
     * Replaces an open report that said zero tokens. Where the step is decided by now nothing is sent, or what is sent
     * comes too late: in both cases the decision's revision tells which report it is about.
     *
     * @throws IllegalStateException if no report is open, or it had tokens
     * @throws IllegalArgumentException if the facts have neither tokens nor other votes
     */
    public void replace(StepFacts facts) {
        link.loop().checkOwner();
        open.requireReplaceableBy(facts);
        if (call.arrived() == null) {
            open.replace(facts);
            if (call.failure() == null) {
                send(facts);
            }
        }
    }

    /**
     * Waits for the decision on the open report, or for {@code wake}. The thread sleeps in the meantime; whoever makes
     * {@code wake} true calls {@link StepClient#wakeUp()} afterwards.
     *
     * @param wake asked on this thread at the start and after each wake-up; must not block
     * @param atMost the longest wait
     * @return the decision; null if {@code wake} was true, or {@code atMost} passed, before it came
     * @throws StepException if there will be no decision
     * @throws IllegalStateException if no report is open
     */
    public @Nullable AgreedStep await(BooleanSupplier wake, Duration atMost) {
        DrivenLoop loop = link.loop();
        loop.checkOwner();
        open.requireReported();
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        while (true) {
            loop.clearWakeUp();
            // Before the decision: what was aborted must not be launched, even where its decision has come.
            link.stops().check(seat.epoch().getNumber());
            Acceptance.State acceptance = link.acceptance().state();
            if (!acceptance.frozen() && acceptance.generation() != call.generation()) {
                reopenings.startAnew();
                reopen(acceptance.generation());
            }
            AgreedStep decided = call.arrived();
            if (decided != null && link.acceptance().accept(decided.decision(), call.generation())) {
                return take(decided);
            }
            StepException failure = call.failure();
            long pauseNanos = failure == null || acceptance.frozen() ? Long.MAX_VALUE : mend(failure);
            if (wake.getAsBoolean()) {
                return null;
            }
            long remainingNanos = deadlineNanos - System.nanoTime();
            if (remainingNanos <= 0) {
                return null;
            }
            loop.drive(Math.min(remainingNanos, pauseNanos));
        }
    }

    /**
     * Opens a lost stream again, after a pause.
     *
     * @return how long it pauses yet, 1 or more
     */
    private long mend(StepException lost) {
        if (!mayBeMended(lost) || reopenings.areExhausted()) {
            throw lost;
        }
        long pauseNanos = reopenings.pauseNanos(call.lostNanos(), System.nanoTime());
        if (pauseNanos > 0) {
            return pauseNanos;
        }
        reopenings.opened();
        reopen(call.generation());
        return Long.MAX_VALUE;
    }

    /** A coordinator that ends the stream says on the control stream what follows from it: time to hear that. */
    private static boolean mayBeMended(StepException lost) {
        return lost.kind() == Kind.STREAM_LOST || lost.kind() == Kind.EPOCH_ENDED;
    }

    /**
     * Asserts that the epoch goes on, before what was done in it is counted.
     *
     * @throws StepException of kind STOPPED if it does not
     */
    public void requireGoingOn() {
        link.stops().check(seat.epoch().getNumber());
    }

    /** Ends the stream. What was not read is discarded. */
    @Override
    public void close() {
        link.loop().checkOwner();
        if (!closed) {
            closed = true;
            link.phases().outside();
            if (open.isAfterTheEnd()) {
                call.halfClose();
            } else {
                call.cancel("the worker has left epoch " + seat.epoch().getNumber());
            }
            link.loop().flush();
        }
    }

    static boolean never() {
        return false;
    }

    boolean isClosed() {
        return closed;
    }

    private AgreedStep take(AgreedStep agreed) {
        call.taken();
        open.decided(agreed);
        capturedNews = null;
        reopenings.startAnew();
        link.phases().decided();
        return agreed;
    }

    private void send(StepFacts facts) {
        StepReport said = StepMessages.report(seat, link.term().current(), open.key(), facts);
        CapturedGraphs graphs = capturedNews;
        if (graphs != null) {
            said = said.toBuilder().setCaptured(graphs.toMessage()).build();
        }
        link.acceptance().reported(said);
        call.send(said);
    }
}
