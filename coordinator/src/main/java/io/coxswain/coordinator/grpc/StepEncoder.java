package io.coxswain.coordinator.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.Decision;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.GraphKey;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.v1.Action;
import io.coxswain.v1.AgreedVote;
import io.coxswain.v1.Gather;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.Term;
import java.util.List;
import java.util.OptionalLong;

/** Turns decisions and refusals into the bytes that go down the step streams. Stateless and thread-safe. */
final class StepEncoder {

    EncodedMessage decision(DecidedStep decided) {
        Decision decision = decided.decision();
        Term term = ControlEncoder.term(decided.term());
        StepDecision.Builder message = StepDecision.newBuilder()
                .setTerm(term)
                .setEpoch(ControlEncoder.epoch(decided.epoch()))
                .setStep(decided.step())
                .setAction(action(decision.action()))
                .setGraphMode(Graphs.mode(decision.graphMode()))
                .setLargestNumRequests(decision.reported().largestNumRequests())
                .setMicrobatches(decision.microbatches())
                .setGather(gather(decision.gather()))
                .setReason(decision.reason().text());
        GraphKey graph = decision.graph();
        if (graph != null) {
            message.setShape(Graphs.shape(graph));
        }
        if (decision.reported().uniformTokenCount() != RankFacts.NOT_UNIFORM) {
            message.setUniformTokenCount(decision.reported().uniformTokenCount());
        }
        for (int tokens : decision.numTokensAcrossDp()) {
            message.addNumTokensAcrossDp(tokens);
        }
        EpochId successor = decided.successor();
        if (successor != null) {
            message.setSuccessor(ControlEncoder.epoch(successor));
        }
        addRevisions(message, decided.revisions());
        addVotes(message, decision.reported().votes());
        return encoded(StepDown.newBuilder().setTerm(term).setDecision(message));
    }

    /** Nearly always all are 0, and then none is sent. */
    private static void addRevisions(StepDecision.Builder message, int[] revisions) {
        int all = 0;
        for (int revision : revisions) {
            all |= revision;
        }
        if (all == 0) {
            return;
        }
        for (int revision : revisions) {
            message.addRevisions(revision);
        }
    }

    private static void addVotes(StepDecision.Builder message, List<OptionalLong> votes) {
        for (int i = 0; i < votes.size(); i++) {
            OptionalLong vote = votes.get(i);
            message.addVotes(
                    vote.isPresent()
                            ? AgreedVote.newBuilder().setValue(vote.getAsLong()).build()
                            : AgreedVote.getDefaultInstance());
        }
    }

    EncodedMessage refusal(Term term, StepRefusal refusal) {
        io.coxswain.v1.StepRefusal.Kind kind = switch (refusal.kind()) {
            case ALREADY_DECIDED -> io.coxswain.v1.StepRefusal.Kind.KIND_ALREADY_DECIDED;
            case CONTRADICTION -> io.coxswain.v1.StepRefusal.Kind.KIND_CONTRADICTION;
            case TOO_EARLY -> io.coxswain.v1.StepRefusal.Kind.KIND_TOO_EARLY;
            case STALE -> io.coxswain.v1.StepRefusal.Kind.KIND_STALE;
            case INVALID -> io.coxswain.v1.StepRefusal.Kind.KIND_INVALID;
        };
        return encoded(StepDown.newBuilder()
                .setTerm(term)
                .setRefusal(io.coxswain.v1.StepRefusal.newBuilder()
                        .setKind(kind)
                        .setStep(refusal.step())
                        .setReason(refusal.reason())));
    }

    /** A decision that another term made: its bytes as they are, under this term. */
    EncodedMessage recovered(Term term, byte[] decision) {
        try {
            return encoded(StepDown.newBuilder().setTerm(term).setDecision(StepDecision.parseFrom(decision)));
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("these bytes were a decision when they came", impossible);
        }
    }

    private static EncodedMessage encoded(StepDown.Builder message) {
        return new EncodedMessage(message.build().toByteArray());
    }

    private static Action action(io.coxswain.coordinator.core.Action action) {
        return switch (action) {
            case RUN -> Action.ACTION_RUN;
            case IDLE -> Action.ACTION_IDLE;
            case CAPTURE -> Action.ACTION_CAPTURE;
            case RECONFIGURE -> Action.ACTION_RECONFIGURE;
            case STOP -> Action.ACTION_STOP;
        };
    }

    private static Gather gather(io.coxswain.coordinator.core.Gather gather) {
        return switch (gather) {
            case PADDED -> Gather.GATHER_PADDED;
            case VARIABLE -> Gather.GATHER_VARIABLE;
        };
    }
}
