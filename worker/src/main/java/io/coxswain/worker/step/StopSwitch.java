package io.coxswain.worker.step;

/**
 * Which epochs are over, as the rest of the process knows it. It only ever rises, so a stop that comes before its epoch's
 * stream opens is not lost.
 *
 * <p>Thread-safe.
 */
final class StopSwitch {
    private record Stop(long lastEpoch, String reason) {}

    private volatile Stop highest = new Stop(0, "");

    synchronized void stopThrough(long lastEpoch, String reason) {
        if (lastEpoch > highest.lastEpoch) {
            highest = new Stop(lastEpoch, reason);
        }
    }

    /**
     * Asserts that an epoch goes on.
     *
     * @throws StepException of kind STOPPED if it does not
     */
    void check(long epoch) {
        Stop stop = highest;
        if (epoch <= stop.lastEpoch) {
            throw new StepException(StepException.Kind.STOPPED, stop.reason);
        }
    }
}
