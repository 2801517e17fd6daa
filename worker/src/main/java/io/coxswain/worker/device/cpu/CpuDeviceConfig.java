package io.coxswain.worker.device.cpu;

/**
 * Settings of the cpu device.
 *
 * @param blasThreads threads of a matrix product, 1 to 1024; default 1, so that the ranks of one machine share its cores
 */
public record CpuDeviceConfig(int blasThreads) {

    /** One thread. */
    public static final CpuDeviceConfig DEFAULT = new CpuDeviceConfig(1);

    /** Throws {@link IllegalArgumentException} for a value out of range. */
    public CpuDeviceConfig {
        if (blasThreads < 1 || blasThreads > 1024) {
            throw new IllegalArgumentException("blasThreads is " + blasThreads + ", allowed are 1 to 1024");
        }
    }
}
