package io.coxswain.worker.device.cuda;

import java.util.Objects;

/**
 * Settings of a CUDA device.
 *
 * @param ordinal number of the device among those that the process sees, 0 to 1023; default 0
 * @param workspaceBytes device memory that the matrix products share for their intermediate sums, 64 KiB to 4 GiB; default 32 MiB,
 *     which is what NVIDIA recommends for its largest GPUs
 * @param stagingBytes pinned host memory that copies from and to the host pass, in two halves so that the one is filled while the
 *     other is copied; 8 KiB to 1 GiB, a multiple of 8; default 8 MiB
 * @param standIn whether the device may be the tests' stand-in; default refused
 */
public record CudaDeviceConfig(int ordinal, long workspaceBytes, int stagingBytes, StandIn standIn) {
    private static final int GREATEST_ORDINAL = 1023;
    private static final long LEAST_WORKSPACE = 1L << 16;
    private static final long GREATEST_WORKSPACE = 1L << 32;
    private static final int LEAST_STAGING = 1 << 13;
    private static final int GREATEST_STAGING = 1 << 30;

    /** Device 0 with the defaults. */
    public static final CudaDeviceConfig DEFAULT = new CudaDeviceConfig(0, 32L << 20, 8 << 20, StandIn.REFUSED);

    /** Whether host memory that only behaves like a GPU will do. */
    public enum StandIn {
        /** A real GPU only. */
        REFUSED,
        /** For tests. */
        ALLOWED
    }

    /** Throws {@link IllegalArgumentException}, which names the field, for a value out of range. */
    public CudaDeviceConfig {
        requireBetween("ordinal", ordinal, 0, GREATEST_ORDINAL);
        requireBetween("workspaceBytes", workspaceBytes, LEAST_WORKSPACE, GREATEST_WORKSPACE);
        requireBetween("stagingBytes", stagingBytes, LEAST_STAGING, GREATEST_STAGING);
        if (stagingBytes % (2 * Float.BYTES) != 0) {
            throw new IllegalArgumentException("stagingBytes is " + stagingBytes + ", which is no multiple of 8");
        }
        Objects.requireNonNull(standIn, "standIn");
    }

    /** The same for another device. */
    public CudaDeviceConfig withOrdinal(int other) {
        return new CudaDeviceConfig(other, workspaceBytes, stagingBytes, standIn);
    }

    /** The same with more or less memory for the matrix products. */
    public CudaDeviceConfig withWorkspaceBytes(long other) {
        return new CudaDeviceConfig(ordinal, other, stagingBytes, standIn);
    }

    /** The same with more or less pinned host memory. */
    public CudaDeviceConfig withStagingBytes(int other) {
        return new CudaDeviceConfig(ordinal, workspaceBytes, other, standIn);
    }

    /** The same with another word on the stand-in. */
    public CudaDeviceConfig withStandIn(StandIn other) {
        return new CudaDeviceConfig(ordinal, workspaceBytes, stagingBytes, other);
    }

    private static void requireBetween(String field, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(field + " is " + value + ", allowed are " + least + " to " + most);
        }
    }
}
