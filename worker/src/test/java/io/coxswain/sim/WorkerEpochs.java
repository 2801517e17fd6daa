package io.coxswain.sim;

import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.OpaqueBytes;
import org.jspecify.annotations.Nullable;

/** A worker's epochs: the one it is in, and the one that is prepared beside it. */
final class WorkerEpochs {

    private static final OpaqueBytes COMMUNICATOR = new OpaqueBytes(new byte[] {1});
    private static final int LONGEST_CONNECT_MILLIS = 60;

    private final Simulation world;
    private final SimWorker worker;
    private @Nullable SimEpoch current;
    private @Nullable SimEpoch planned;
    private long highest;
    private boolean failsNextPreparation;

    WorkerEpochs(Simulation world, SimWorker worker) {
        this.world = world;
        this.worker = worker;
    }

    /** The epoch that this member is in, or that it was in last; null for none. */
    @Nullable
    SimEpoch current() {
        return current;
    }

    /** The epoch that this member was in last, where it has stopped working on it; null where it has not. */
    @Nullable
    EpochId left() {
        return current != null && current.isGateClosed() ? current.id() : null;
    }

    long highest() {
        return highest;
    }

    @Nullable
    Attachment attachment() {
        SimEpoch in = current;
        if (in == null) {
            return null;
        }
        return new Attachment(
                in.id(),
                in.state(),
                in.ranks(),
                world.codec().lastDecision(worker.steps().last()),
                worker.steps().open());
    }

    /** The next preparation of this member fails. */
    void failNextPreparation() {
        failsNextPreparation = true;
    }

    /** Whether it was news. */
    boolean membership(ControlMessage.Membership message) {
        if (message.epoch().number() <= highest) {
            return false;
        }
        highest = message.epoch().number();
        SimEpoch next = new SimEpoch(worker, message, world.invariants().executedIn(message.epoch()));
        close(planned);
        if (message.replaces() == null) {
            close(current);
            planned = null;
            current = next;
            worker.steps().leaveEpoch();
        } else {
            planned = next;
        }
        sendCommunicatorId(next);
        worker.later(next.prepareTimeoutNanos(), () -> {
            if (!next.isPrepared()) {
                preparationFailed(next, "not connected in time");
            }
        });
        return true;
    }

    private void sendCommunicatorId(SimEpoch epoch) {
        if (epoch.rank() == 0) {
            EpochId id = epoch.id();
            worker.control().say(link -> new Input.CommunicatorIdReceived(link, id, COMMUNICATOR));
        }
    }

    void communicatorId(EpochId id) {
        SimEpoch epoch = find(id);
        if (epoch == null || epoch.isConnecting() || epoch.isGateClosed()) {
            return;
        }
        Collective group = world.collective(epoch);
        epoch.connect(group);
        if (failsNextPreparation) {
            failsNextPreparation = false;
            preparationFailed(epoch, "its device is busy");
            return;
        }
        worker.later((1 + world.random().nextInt(LONGEST_CONNECT_MILLIS)) * Times.MILLI, () -> {
            if (!epoch.isGateClosed()) {
                group.join(epoch.rank(), new EpochRank(world, epoch));
            }
        });
    }

    private void preparationFailed(SimEpoch epoch, String why) {
        if (!epoch.isGateClosed()) {
            close(epoch);
            world.history().change(() -> epoch + " cannot prepare: " + why);
            worker.control().say(link -> new Input.PreparationFailed(link, epoch.id(), why));
        }
    }

    /** The collectives of an epoch are connected. */
    void prepared(SimEpoch epoch) {
        epoch.prepared();
        worker.control().say(link -> new Input.PreparedReceived(link, epoch.id()));
    }

    /** Says again what the coordinator may have missed. */
    void repeat() {
        repeat(current);
        repeat(planned);
    }

    private void repeat(@Nullable SimEpoch epoch) {
        if (epoch == null || epoch.state() != Attachment.State.PREPARING) {
            return;
        }
        if (!epoch.isConnecting()) {
            sendCommunicatorId(epoch);
        } else if (epoch.isPrepared()) {
            prepared(epoch);
        }
    }

    /** Whether it was news. */
    boolean start(EpochId id) {
        SimEpoch epoch = find(id);
        if (epoch == null) {
            return false;
        }
        epoch.startCame();
        if (epoch == planned) {
            takeOver(epoch); // the epoch before is over, whether or not this member was told so
        } else if (epoch.mayRun()) {
            worker.steps().begin(epoch);
        } else if (epoch.isRunning()) {
            worker.steps().resume();
            return false;
        }
        return true;
    }

    private void takeOver(SimEpoch next) {
        close(current);
        current = next;
        planned = null;
        worker.steps().leaveEpoch();
        if (next.mayRun()) {
            worker.steps().begin(next);
        }
    }

    /** The epoch's last decision: the planned one follows, or this member leaves; it stays where the plan has come to nothing. */
    void reconfigured(EpochId successor) {
        SimEpoch next = planned;
        if (next != null) {
            takeOver(next);
        } else if (successor.number() <= highest) {
            close(current);
        } else {
            worker.control().leave();
        }
    }

    void abort(EpochId id) {
        SimEpoch epoch = find(id);
        close(epoch);
        if (epoch != null && epoch == planned) {
            planned = null;
        }
    }

    /** What the old coordinator planned is nothing that the new one knows. */
    void promisedHigher() {
        close(planned);
        planned = null;
    }

    /** No coordinator was heard for longer than a takeover can take; whether there was an epoch to give up. */
    boolean orphaned() {
        SimEpoch epoch = current;
        if (epoch == null || epoch.isGateClosed()) {
            return false;
        }
        world.history().change(() -> epoch + " is without a coordinator for too long");
        close(epoch);
        return true;
    }

    void closeAll() {
        close(current);
        close(planned);
    }

    void close(@Nullable SimEpoch epoch) {
        if (epoch != null && !epoch.isGateClosed()) {
            epoch.close();
            worker.steps().gateClosed(epoch);
        }
    }

    private @Nullable SimEpoch find(EpochId id) {
        if (current != null && current.is(id)) {
            return current;
        }
        return planned != null && planned.is(id) ? planned : null;
    }
}
