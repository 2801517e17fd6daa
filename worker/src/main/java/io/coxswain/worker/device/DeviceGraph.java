package io.coxswain.worker.device;

/**
 * Operations that were recorded once and run again at once. Confined to the forward thread, as its device is. It holds the memory
 * that it was recorded on by address: that memory stays allocated for as long as the graph is replayed.
 */
public interface DeviceGraph extends AutoCloseable {

    /** Starts all of its operations, in order, behind what was called on the device before; returns without waiting. */
    void replay();

    /** Forgets the operations, which must not be running; idempotent. */
    @Override
    void close();
}
