package io.coxswain.worker.step;

import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepRefusal;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepUp;
import io.coxswain.worker.net.Statuses;
import io.coxswain.worker.step.StepException.Kind;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
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

    private Inbox inbox = new Inbox();
    private ClientCall<StepUp, StepDown> call;
    private int generation;
    private final Reopenings reopenings = new Reopenings();

    private long step;
    private @Nullable StepFacts openReport;
    private int revision;
    /** What the coordinator does not know yet: it goes with every report until one is decided on. */
    private @Nullable CapturedGraphs capturedNews;

    private @Nullable AgreedStep arrived;
    private @Nullable AgreedStep last;
    private @Nullable StepException failure;
    private boolean closed;

    StepStream(StepSeat seat, StepLink link, MethodDescriptor<StepUp, StepDown> method) {
        this.seat = seat;
        this.link = link;
        this.method = method;
        this.call = link.calls().open(method);
        this.generation = link.acceptance().state().generation();
    }

    void start() {
        link.acceptance().enter(seat.epoch().getNumber());
        introduce();
    }

    /** The stream was lost, or is void since another coordinator reigns: the next one says again what is open. */
    private void reopen(int newGeneration) {
        inbox = new Inbox();
        call.cancel("another stream takes the place of this one", null);
        call = link.calls().open(method);
        generation = newGeneration;
        failure = null;
        arrived = null;
        introduce();
        if (openReport != null) {
            send(openReport);
        }
    }

    private void introduce() {
        call.start(inbox, new Metadata());
        // Decisions are few, and each is awaited: asking for them one by one would only cost.
        call.request(Integer.MAX_VALUE);
        call.sendMessage(StepMessages.open(seat, link.calls().nextSession()));
        link.loop().flush();
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
        return step;
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
                    "no decision for step " + step + " of epoch " + seat.epoch().getNumber() + " from "
                            + link.calls().target() + " within " + timeout);
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
        if (openReport != null) {
            throw new IllegalStateException("step " + step + " is reported and not decided");
        }
        if (last != null && endsTheEpoch(last)) {
            throw new IllegalStateException("the epoch ended with " + last);
        }
        revision = 0;
        openReport = facts;
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
        StepFacts replaced = requireOpenReport();
        if (replaced.numTokens() > 0) {
            throw new IllegalStateException("the report of step " + step + " said " + replaced.numTokens()
                    + " tokens; only one that said 0 may be replaced");
        }
        if (facts.numTokens() == 0 && facts.votes().equals(replaced.votes())) {
            throw new IllegalArgumentException(
                    "the new report of step " + step + " has neither tokens nor other votes");
        }
        if (arrived == null) {
            revision++;
            openReport = facts;
            if (failure == null) {
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
        requireOpenReport();
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        while (true) {
            loop.clearWakeUp();
            // Before the decision: what was aborted must not be launched, even where its decision has come.
            link.stops().check(seat.epoch().getNumber());
            Acceptance.State acceptance = link.acceptance().state();
            if (!acceptance.frozen() && acceptance.generation() != generation) {
                reopenings.startAnew();
                reopen(acceptance.generation());
            }
            AgreedStep decided = arrived;
            if (decided != null && link.acceptance().accept(decided.decision(), generation)) {
                return take(decided);
            }
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
        long pauseNanos = reopenings.pauseNanos(System.nanoTime());
        if (pauseNanos > 0) {
            return pauseNanos;
        }
        reopenings.opened();
        reopen(generation);
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
            if (failure != null) {
                return;
            }
            if (last != null && endsTheEpoch(last)) {
                call.halfClose();
            } else {
                call.cancel("the worker has left epoch " + seat.epoch().getNumber(), null);
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
        last = agreed;
        arrived = null;
        openReport = null;
        capturedNews = null;
        step++;
        reopenings.startAnew();
        link.phases().decided();
        return agreed;
    }

    private void send(StepFacts facts) {
        StepReport said =
                StepMessages.report(seat, link.term().current(), new StepMessages.ReportKey(step, revision), facts);
        CapturedGraphs graphs = capturedNews;
        if (graphs != null) {
            said = said.toBuilder().setCaptured(graphs.toMessage()).build();
        }
        link.acceptance().reported(said);
        call.sendMessage(StepUp.newBuilder().setReport(said).build());
        link.loop().flush();
    }

    private StepFacts requireOpenReport() {
        if (openReport == null) {
            throw new IllegalStateException("step " + step + " is not reported");
        }
        return openReport;
    }

    private static boolean endsTheEpoch(AgreedStep step) {
        return step.action() == AgreedStep.Action.STOP || step.action() == AgreedStep.Action.RECONFIGURE;
    }

    /** What the coordinator says; runs on the forward thread, while it drives the loop. */
    private final class Inbox extends ClientCall.Listener<StepDown> {
        @Override
        public void onMessage(StepDown down) {
            if (closed || failure != null || isVoid()) {
                return;
            }
            try {
                accept(down);
            } catch (StepException e) {
                failure = e;
                call.cancel(e.getMessage(), null);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (failure == null && !isVoid()) {
                Kind kind = status.getCode() == Status.Code.ABORTED ? Kind.EPOCH_ENDED : Kind.STREAM_LOST;
                failure = new StepException(
                        kind,
                        "the step stream of epoch " + seat.epoch().getNumber() + " to "
                                + link.calls().target() + " closed with " + Statuses.text(status));
                reopenings.lost(System.nanoTime());
            }
        }

        /** Another stream has taken the place of this one. */
        @SuppressWarnings("ReferenceEquality") // an inbox is itself and nothing else
        private boolean isVoid() {
            return inbox != this;
        }

        private void accept(StepDown down) {
            if (!link.term().admit(down.getTerm())) {
                throw new StepException(Kind.STALE_TERM, link.term().refusalOf(down.getTerm()));
            }
            switch (down.getBodyCase()) {
                case DECISION -> decided(down.getDecision());
                case REFUSAL -> refused(down.getRefusal());
                case BODY_NOT_SET -> {
                    // A case of a later contract, which receivers ignore.
                }
            }
        }

        private void decided(StepDecision decision) {
            if (!decision.getEpoch().equals(seat.epoch())) {
                throw broken("a decision of epoch " + decision.getEpoch().getNumber());
            }
            AgreedStep agreed = AgreedStep.of(decision, seat.worldSize());
            AgreedStep known = arrived != null ? arrived : last;
            if (known != null && known.step() == decision.getStep()) {
                // A replaced report that crossed its decision is answered with that decision once more.
                if (!known.equals(agreed)) {
                    throw broken("two decisions for step " + decision.getStep() + ": " + known + " and " + agreed);
                }
            } else if (openReport != null && decision.getStep() == step) {
                arrived = agreed;
            } else {
                throw broken("a decision for step " + decision.getStep() + ", which is not reported");
            }
        }

        private void refused(StepRefusal refusal) {
            boolean crossed = refusal.getKind() == StepRefusal.Kind.KIND_ALREADY_DECIDED
                    && (refusal.getStep() < step || arrived != null);
            if (!crossed) {
                throw new StepException(
                        Kind.REFUSED,
                        "the report of step " + refusal.getStep() + " was refused (" + refusal.getKind() + "): "
                                + refusal.getReason());
            }
        }

        private StepException broken(String what) {
            return new StepException(
                    Kind.CONTRACT_BROKEN,
                    "the coordinator sent " + what + "; open is step " + step + " of epoch "
                            + seat.epoch().getNumber());
        }
    }
}
