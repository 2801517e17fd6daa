package io.coxswain.sim;

import io.coxswain.coordinator.core.DecidedStep;

/** A worker in the collective of one epoch: nothing reaches it once its gate has closed. */
final class EpochRank implements Collective.Rank {

    private final Simulation world;
    private final SimEpoch epoch;

    EpochRank(Simulation world, SimEpoch epoch) {
        this.world = world;
        this.epoch = epoch;
    }

    @Override
    public SimWorker worker() {
        return epoch.worker();
    }

    @Override
    public void connected() {
        if (!epoch.isGateClosed()) {
            epoch.connectedAs(this);
            world.history().step(() -> epoch + " is prepared");
            worker().epochs().prepared(epoch);
        }
    }

    @Override
    public void passDone(DecidedStep step) {
        if (!epoch.isGateClosed()) {
            worker().steps().passDone(epoch, step);
        }
    }

    @Override
    public void collectiveFailed(String why) {
        worker().collectiveFailed(epoch, why);
    }
}
