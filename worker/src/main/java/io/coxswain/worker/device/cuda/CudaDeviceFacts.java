package io.coxswain.worker.device.cuda;

import java.util.Locale;

/**
 * What a CUDA device says of itself.
 *
 * @param ordinal its number among the devices that the process sees
 * @param name its name, for example {@code NVIDIA H100 80GB HBM3}
 * @param computeCapability for example {@code 9.0}
 * @param memoryBytes all of its memory
 */
public record CudaDeviceFacts(int ordinal, String name, String computeCapability, long memoryBytes) {
    private static final String STAND_IN = "Coxswain stand-in";
    private static final double GIBIBYTE = 1L << 30;

    /** Whether it is the tests' stand-in, which only behaves like a GPU. */
    public boolean isStandIn() {
        return name.startsWith(STAND_IN);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%s, compute capability %s, %.1f GiB", name, computeCapability, memoryBytes / GIBIBYTE);
    }
}
