package io.coxswain.coordinator.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a member is that opens a control stream again.
 *
 * @param epoch the epoch it is in
 * @param state how far it is in it
 * @param ranks the epoch's members by rank, as the membership said
 * @param lastDecision the last decision it accepted; null for none
 * @param openReport the report it waits for a decision on; null where none is open
 */
public record Attachment(
        EpochId epoch,
        State state,
        List<ControlMessage.RankInfo> ranks,
        @Nullable LastDecision lastDecision,
        @Nullable StepReport openReport) {

    /** Copies the list. */
    public Attachment {
        ranks = List.copyOf(ranks);
    }

    /** How far a member is in its epoch. */
    public enum State {
        /** Its collectives are connected or being connected. */
        PREPARING,
        /** It runs the epoch. */
        RUNNING,
        /** It has stopped working on it. */
        ABORTED
    }

    /**
     * A decision as a member brings it.
     *
     * @param encoded its bytes, which mean nothing to the core but that equal ones are the same decision
     */
    public record LastDecision(long step, Action action, OpaqueBytes encoded) {}

    /** The same of a member that has stopped working on the epoch since. */
    Attachment nowAborted() {
        return new Attachment(epoch, State.ABORTED, ranks, lastDecision, openReport);
    }

    /** The step after the last accepted decision. */
    long nextStep() {
        return lastDecision == null ? 0 : lastDecision.step() + 1;
    }
}
