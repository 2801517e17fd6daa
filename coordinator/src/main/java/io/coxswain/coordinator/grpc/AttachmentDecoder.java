package io.coxswain.coordinator.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.coxswain.coordinator.core.Action;
import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.ControlMessage.RankInfo;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.Hello;
import io.coxswain.coordinator.core.OpaqueBytes;
import io.coxswain.v1.StepDecision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a member brings along from before into the core's values. Stateless; refuses what is out of range with an
 * IllegalArgumentException that names field, value and what is allowed.
 */
final class AttachmentDecoder {

    private static final int MAX_RANKS = 65_536;

    private AttachmentDecoder() {}

    static Attachment attachment(io.coxswain.v1.Attachment attachment) {
        EpochId epoch = StepDecoder.epoch(attachment.getEpoch());
        int ranks = attachment.getRanksCount();
        if (ranks < 1 || ranks > MAX_RANKS) {
            throw new IllegalArgumentException(
                    "attachment.ranks has " + ranks + " entries; allowed are 1 to " + MAX_RANKS);
        }
        return new Attachment(
                epoch,
                state(attachment.getState()),
                ranks(attachment.getRanksList()),
                lastDecision(epoch, attachment.getLastDecision()),
                attachment.hasOpenReport() ? StepDecoder.report(attachment.getOpenReport()) : null);
    }

    private static Attachment.State state(io.coxswain.v1.Attachment.State state) {
        return switch (state) {
            case STATE_PREPARING -> Attachment.State.PREPARING;
            case STATE_RUNNING -> Attachment.State.RUNNING;
            case STATE_ABORTED -> Attachment.State.ABORTED;
            case STATE_UNSPECIFIED, UNRECOGNIZED -> throw ControlDecoder.notKnown("attachment.state", state);
        };
    }

    private static List<RankInfo> ranks(List<io.coxswain.v1.RankInfo> ranks) {
        return ranks.stream().map(AttachmentDecoder::rank).toList();
    }

    private static RankInfo rank(io.coxswain.v1.RankInfo rank) {
        ControlDecoder.text("attachment.ranks.host", rank.getHost(), 0, ControlDecoder.MAX_NAME_CHARACTERS);
        return new RankInfo(
                rank.getPlace(),
                StepDecoder.member(rank.getMember()),
                new Hello.Origin(rank.getHost(), 0, rank.getDevice(), rank.getCollectiveAddress()));
    }

    private static Attachment.@Nullable LastDecision lastDecision(EpochId epoch, ByteString encoded) {
        if (encoded.isEmpty()) {
            return null;
        }
        StepDecision decision;
        try {
            decision = StepDecision.parseFrom(encoded);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("attachment.last_decision is no StepDecision: " + e.getMessage(), e);
        }
        EpochId of = StepDecoder.epoch(decision.getEpoch());
        if (!of.equals(epoch)) {
            throw new IllegalArgumentException(
                    "attachment.last_decision is of epoch " + of + "; allowed is attachment.epoch, " + epoch);
        }
        return new Attachment.LastDecision(
                StepDecoder.notNegative("attachment.last_decision.step", decision.getStep()),
                action(decision.getAction()),
                new OpaqueBytes(encoded.toByteArray()));
    }

    private static Action action(io.coxswain.v1.Action action) {
        return switch (action) {
            case ACTION_RUN -> Action.RUN;
            case ACTION_IDLE -> Action.IDLE;
            case ACTION_CAPTURE -> Action.CAPTURE;
            case ACTION_RECONFIGURE -> Action.RECONFIGURE;
            case ACTION_STOP -> Action.STOP;
            case ACTION_UNSPECIFIED, UNRECOGNIZED ->
                throw ControlDecoder.notKnown("attachment.last_decision.action", action);
        };
    }
}
