package io.coxswain.sim;

import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.EpochId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An epoch as one of its members sees it. */
final class SimEpoch {

    private final SimWorker worker;
    private final ControlMessage.Membership membership;
    private final int rank;
    private final List<DecidedStep> executed;
    private Attachment.State state = Attachment.State.PREPARING;
    private @Nullable Collective collective;
    private Collective.@Nullable Rank inCollective;
    private boolean prepared;
    private boolean startCame;

    SimEpoch(SimWorker worker, ControlMessage.Membership membership, List<DecidedStep> executed) {
        this.worker = worker;
        this.membership = membership;
        this.executed = executed;
        this.rank = rankOf(worker, membership);
    }

    private static int rankOf(SimWorker worker, ControlMessage.Membership membership) {
        for (int rank = 0; rank < membership.ranks().size(); rank++) {
            if (membership.ranks().get(rank).member().equals(worker.member())) {
                return rank;
            }
        }
        throw new Violation(Invariant.SOUND_CORE, worker + " got a membership without it: " + membership);
    }

    EpochId id() {
        return membership.epoch();
    }

    SimWorker worker() {
        return worker;
    }

    int rank() {
        return rank;
    }

    List<ControlMessage.RankInfo> ranks() {
        return membership.ranks();
    }

    long prepareTimeoutNanos() {
        return membership.prepareTimeoutNanos();
    }

    List<DecidedStep> executed() {
        return executed;
    }

    Attachment.State state() {
        return state;
    }

    boolean is(EpochId epoch) {
        return membership.epoch().equals(epoch);
    }

    boolean isConnecting() {
        return collective != null;
    }

    @Nullable
    Collective collective() {
        return collective;
    }

    void connect(Collective group) {
        collective = group;
    }

    void connectedAs(Collective.Rank member) {
        inCollective = member;
    }

    /** Launches this rank's part of a pass. */
    void launch(DecidedStep step) {
        Collective.Rank member = inCollective;
        if (collective == null || member == null) {
            throw new IllegalStateException(this + " is not connected");
        }
        collective.launch(member, step);
    }

    boolean isPrepared() {
        return prepared;
    }

    void prepared() {
        prepared = true;
    }

    /** Notes the start, which can come before this member knows that the epoch before is over. */
    void startCame() {
        startCame = true;
    }

    boolean mayRun() {
        return startCame && prepared && state == Attachment.State.PREPARING;
    }

    void run() {
        state = Attachment.State.RUNNING;
    }

    boolean isRunning() {
        return state == Attachment.State.RUNNING;
    }

    boolean isGateClosed() {
        return state == Attachment.State.ABORTED;
    }

    /** Closes the gate, and aborts the communicator. */
    void close() {
        state = Attachment.State.ABORTED;
        if (collective != null) {
            collective.leave();
        }
    }

    @Override
    public String toString() {
        return worker + " as rank " + rank + " of epoch " + membership.epoch();
    }
}
