package io.coxswain.worker.device;

/** The device refused or failed: out of memory, used after its end, an error status of its libraries. */
public class DeviceException extends RuntimeException {
    public DeviceException(String message) {
        super(message);
    }
}
