package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cublas.cublasLtGetStatusName;
import static org.bytedeco.cuda.global.cublas.cublasLtGetStatusString;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorName;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

/**
 * The one place where statuses become exceptions.
 *
 * @param ordinal the device that the calls are for
 */
record CudaCalls(int ordinal) {

    /** Throws {@link CudaException} for every status of the CUDA runtime but success. */
    void check(int status, String call) {
        if (status != cudaSuccess) {
            throw cudaFailure(status, call, "");
        }
    }

    /** The same for a call about so much memory. */
    void check(int status, String call, long bytes) {
        if (status != cudaSuccess) {
            throw cudaFailure(status, call, "(" + bytes + " bytes)");
        }
    }

    /** Throws {@link CudaException} for every status of cuBLASLt but success. */
    void checkBlas(int status, String call) {
        checkBlas(status, call, "");
    }

    /** The same; {@code subject} is what the call was about, and is put into words only where it failed. */
    void checkBlas(int status, String call, Object subject) {
        if (status != CUBLAS_STATUS_SUCCESS) {
            throw blasFailure(status, call, subject);
        }
    }

    CudaException blasFailure(int status, String call, Object subject) {
        String about = subject.toString();
        String name = cublasLtGetStatusName(status).getString();
        String text = cublasLtGetStatusString(status).getString();
        return failure(new Failed(call, about.isEmpty() ? "" : "(" + about + ")", status, name), text);
    }

    private CudaException cudaFailure(int status, String call, String about) {
        String name = cudaGetErrorName(status).getString();
        String text = cudaGetErrorString(status).getString();
        // The thread keeps the error until it is read, and a library that looks for one of its own would find it.
        cudaGetLastError();
        return failure(new Failed(call, about, status, name), text);
    }

    private record Failed(String call, String about, int status, String name) {}

    private CudaException failure(Failed failed, String text) {
        String message = failed.call + failed.about + " on device " + ordinal + ": " + failed.name + " ("
                + failed.status + "): " + text;
        return new CudaException(message, failed.call, failed.status, failed.name);
    }
}
