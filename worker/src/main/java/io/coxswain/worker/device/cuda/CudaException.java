package io.coxswain.worker.device.cuda;

import io.coxswain.worker.device.DeviceException;

/** A call into CUDA's runtime or cuBLASLt that did not succeed; the message has all that is known. */
public final class CudaException extends DeviceException {
    private final String call;
    private final int status;
    private final String statusName;

    CudaException(String message, String call, int status, String statusName) {
        super(message);
        this.call = call;
        this.status = status;
        this.statusName = statusName;
    }

    /** The native function that failed, for example {@code cudaMalloc}. */
    public String call() {
        return call;
    }

    /** The status that it returned: a {@code cudaError_t}, or a {@code cublasStatus_t} of the cublas functions. */
    public int status() {
        return status;
    }

    /** The status by name, for example {@code cudaErrorMemoryAllocation}. */
    public String statusName() {
        return statusName;
    }
}
