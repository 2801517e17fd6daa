package io.coxswain.sim;

import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.Hello;
import io.coxswain.coordinator.core.MemberId;

/** A worker's process that follows the contract. */
final class SimWorker extends SimProcess {

    private final Simulation world;
    private final int place;
    private final MemberId member;
    private final Predecessor predecessor;
    private final Hello.Origin origin;
    private final WorkerControl control;
    private final WorkerEpochs epochs;
    private final WorkerSteps steps;
    private final WorkerFeed feed;

    /** What whoever starts a worker knows of the place's worker before. */
    enum Predecessor {
        NEVER_WAS,
        HAS_ENDED,
        UNKNOWN
    }

    SimWorker(Simulation world, int place, MemberId member, Predecessor predecessor) {
        super(world.events(), "place " + place + "#" + member.attempt());
        this.world = world;
        this.place = place;
        this.member = member;
        this.predecessor = predecessor;
        this.origin = new Hello.Origin("host-" + place, 1000 + (int) member.id(), "simulated", "host-" + place);
        this.control = new WorkerControl(world, this);
        this.epochs = new WorkerEpochs(world, this);
        this.steps = new WorkerSteps(world, this);
        this.feed = new WorkerFeed(world, this);
    }

    void start() {
        feed.open();
        control.start();
    }

    int place() {
        return place;
    }

    MemberId member() {
        return member;
    }

    Hello.Origin origin() {
        return origin;
    }

    boolean knowsThatPredecessorEnded() {
        return predecessor == Predecessor.HAS_ENDED;
    }

    WorkerControl control() {
        return control;
    }

    WorkerEpochs epochs() {
        return epochs;
    }

    WorkerSteps steps() {
        return steps;
    }

    WorkerFeed feed() {
        return feed;
    }

    /** Takes what the coordinator says on a control stream. */
    void hear(Stream stream, ControlMessage message) {
        control.hear(stream, message);
    }

    @Override
    void streamClosed(Stream stream, Closing closing) {
        switch (stream.kind()) {
            case CONTROL -> control.closed(stream, closing);
            case STEP -> steps.closed(stream, closing);
            case FEED -> feed.closed(stream);
        }
    }

    /** The process ends of its own accord, or is killed. */
    void exit(String how) {
        if (isAlive()) {
            world.history().change(() -> this + " ends: " + how);
            end(how);
            epochs.closeAll();
            world.launcher().ended(this, how);
        }
    }

    /** The process ends with its host. */
    void loseHost() {
        world.history().change(() -> this + " vanishes with its host");
        vanish();
        epochs.closeAll();
        world.launcher().vanished(this);
    }

    /** A collective of an epoch failed, and not by an abort. */
    void collectiveFailed(SimEpoch epoch, String why) {
        if (!epoch.isGateClosed()) {
            EpochId id = epoch.id();
            world.history().change(() -> epoch + ": a collective failed: " + why);
            epochs.close(epoch);
            control.collectiveFailed(id, why);
        }
    }
}
