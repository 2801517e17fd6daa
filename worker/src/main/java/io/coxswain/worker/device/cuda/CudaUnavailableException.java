package io.coxswain.worker.device.cuda;

import io.coxswain.worker.device.DeviceException;

/** This machine has no CUDA device that a worker can use; the message is the probe's reason. */
public final class CudaUnavailableException extends DeviceException {
    CudaUnavailableException(String reason) {
        super(reason);
    }
}
