package io.coxswain.worker.device;

/** A device that records what it is asked for, so that all of it runs again by one call. */
public interface GraphDevice extends Device {

    /**
     * Records the operations on device memory that {@code operations} calls, the collectives on this device included, and runs none
     * of them. Allocating, copies from and to the host, and waiting are no operations on device memory: the device refuses them, and
     * then, as after every exception that {@code operations} throws, there is no graph.
     *
     * @throws DeviceException if the device cannot record them; it goes on without
     */
    DeviceGraph capture(Runnable operations);
}
