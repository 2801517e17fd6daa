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
import org.jspecify.annotations.Nullable;

/**
 * One call to one coordinator, which carries a stream's steps until it breaks or is void: what came on it, and how it ended. Owned by
 * the forward thread, on which its messages arrive while that drives the loop.
 */
final class StepCall {
    private final StepSeat seat;
    private final StepLink link;
    private final OpenStep open;
    private final int generation;
    private final ClientCall<StepUp, StepDown> call;

    private @Nullable AgreedStep arrived;
    private @Nullable StepException failure;
    private long lostNanos;
    /** What comes after that counts for nothing. */
    private boolean over;

    /**
     * Not started yet.
     *
     * @param open the step that its messages are about
     * @param generation of {@link Acceptance}
     */
    StepCall(StepSeat seat, StepLink link, MethodDescriptor<StepUp, StepDown> method, OpenStep open, int generation) {
        this.seat = seat;
        this.link = link;
        this.open = open;
        this.generation = generation;
        this.call = link.calls().open(method);
    }

    /** Says who speaks. */
    void start() {
        call.start(new Inbox(), new Metadata());
        // Decisions are few, and each is awaited: asking for them one by one would only cost.
        call.request(Integer.MAX_VALUE);
        call.sendMessage(StepMessages.open(seat, link.calls().nextSession()));
        link.loop().flush();
    }

    int generation() {
        return generation;
    }

    /** The open step's decision, which nobody has taken yet. */
    @Nullable
    AgreedStep arrived() {
        return arrived;
    }

    /** Why nothing more will come; null: it goes on. */
    @Nullable
    StepException failure() {
        return failure;
    }

    /** When it was lost; meaningless where it was not. */
    long lostNanos() {
        return lostNanos;
    }

    /** The decision that arrived is taken. */
    void taken() {
        arrived = null;
    }

    void send(StepReport report) {
        call.sendMessage(StepUp.newBuilder().setReport(report).build());
        link.loop().flush();
    }

    /** Ends it as an epoch's end does. */
    void halfClose() {
        over = true;
        if (failure == null) {
            call.halfClose();
        }
    }

    /** Gives it up. */
    void cancel(String why) {
        over = true;
        if (failure == null) {
            call.cancel(why, null);
        }
    }

    /** What the coordinator says. */
    private final class Inbox extends ClientCall.Listener<StepDown> {
        @Override
        public void onMessage(StepDown down) {
            if (over || failure != null) {
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
            if (!over && failure == null) {
                Kind kind = status.getCode() == Status.Code.ABORTED ? Kind.EPOCH_ENDED : Kind.STREAM_LOST;
                failure = new StepException(
                        kind,
                        "the step stream of epoch " + seat.epoch().getNumber() + " to "
                                + link.calls().target() + " closed with " + Statuses.text(status));
                lostNanos = System.nanoTime();
            }
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
            AgreedStep known = arrived != null ? arrived : open.last();
            if (known != null && known.step() == decision.getStep()) {
                // A replaced report that crossed its decision is answered with that decision once more.
                if (!known.equals(agreed)) {
                    throw broken("two decisions for step " + decision.getStep() + ": " + known + " and " + agreed);
                }
            } else if (open.reported() != null && decision.getStep() == open.number()) {
                arrived = agreed;
            } else {
                throw broken("a decision for step " + decision.getStep() + ", which is not reported");
            }
        }

        private void refused(StepRefusal refusal) {
            boolean crossed = refusal.getKind() == StepRefusal.Kind.KIND_ALREADY_DECIDED
                    && (refusal.getStep() < open.number() || arrived != null);
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
                    "the coordinator sent " + what + "; open is step " + open.number() + " of epoch "
                            + seat.epoch().getNumber());
        }
    }
}
