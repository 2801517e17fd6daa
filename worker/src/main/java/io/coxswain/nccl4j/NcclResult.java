package io.coxswain.nccl4j;

import org.bytedeco.cuda.global.nccl;

/** What NCCL calls answer. */
public enum NcclResult {
    SUCCESS(nccl.ncclSuccess),
    /** A call to CUDA failed. */
    UNHANDLED_CUDA_ERROR(nccl.ncclUnhandledCudaError),
    /** A call to the operating system failed. */
    SYSTEM_ERROR(nccl.ncclSystemError),
    /** A fault in NCCL, or memory that was overwritten. */
    INTERNAL_ERROR(nccl.ncclInternalError),
    INVALID_ARGUMENT(nccl.ncclInvalidArgument),
    /** Arguments that are right by themselves, in an order or mixture that is not. */
    INVALID_USAGE(nccl.ncclInvalidUsage),
    /** A peer's process ended, or the network to it failed; NCCL does not say which peer. */
    REMOTE_ERROR(nccl.ncclRemoteError),
    /** A call of a non-blocking communicator is not through yet. */
    IN_PROGRESS(nccl.ncclInProgress),
    TIMEOUT(nccl.ncclTimeout),
    /** A status that these bindings do not know. */
    UNKNOWN(-1);

    private static final NcclResult[] VALUES = values();

    private final int status;

    NcclResult(int status) {
        this.status = status;
    }

    /** Of NCCL's number; {@link #UNKNOWN} for one that these bindings do not know. */
    public static NcclResult of(int status) {
        for (NcclResult result : VALUES) {
            if (result.status == status) {
                return result;
            }
        }
        return UNKNOWN;
    }

    /** Whether the call is through, or on its way and without an error so far. */
    public boolean isGood() {
        return this == SUCCESS || this == IN_PROGRESS;
    }
}
