package io.coxswain.worker;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a worker runs on. Immutable; refuses what is out of range by name.
 *
 * @param device the kind of device; default AUTO
 * @param cuda which GPU, and how its libraries are found
 * @param blasThreads of one matrix multiplication on the CPU, 1 to 1024; default 1
 */
public record HardwareConfig(DeviceKind device, Cuda cuda, int blasThreads) {

    private static final int MOST_THREADS = 1024;

    /** Refuses values out of range. */
    public HardwareConfig {
        WorkerConfig.between("blas-threads", blasThreads, 1, MOST_THREADS);
    }

    /** The devices there are. */
    public enum DeviceKind {
        /** A GPU where the machine has one for each of its workers, and NCCL; else the CPU. */
        AUTO,
        /** A GPU, matrix products by cuBLASLt, collectives by NCCL. */
        CUDA,
        /** Host memory, OpenBLAS, collectives over TCP. */
        CPU
    }

    /** Whether a worker may run on the libraries that stand in for a GPU in tests. */
    public enum StandInUse {
        REFUSED,
        ALLOWED
    }

    /**
     * Which GPU, and how its libraries are found.
     *
     * @param ordinal the GPU's number on this machine, 0 to 1023, as CUDA counts the visible ones; default: the local rank
     * @param localWorldSize workers on this machine, 1 to 65536: AUTO takes GPUs only where each has one of its own; default 1
     * @param libraries directory that is searched before the system's places for CUDA's libraries and NCCL; null: none is
     * @param standIn default REFUSED
     */
    public record Cuda(
            int ordinal, int localWorldSize, @Nullable Path libraries, StandInUse standIn) {

        private static final int MOST_DEVICES = 1024;

        /** Refuses values out of range. */
        public Cuda {
            WorkerConfig.between("device-ordinal", ordinal, 0, MOST_DEVICES - 1);
            WorkerConfig.between("local-world-size", localWorldSize, 1, WorkerConfig.MAX_WORLD_SIZE);
        }
    }
}
