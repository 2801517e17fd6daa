package io.coxswain.worker.nvidia;

import io.coxswain.worker.device.cuda.CudaDevice;
import io.coxswain.worker.device.cuda.CudaDeviceConfig;
import io.coxswain.worker.device.cuda.CudaProbe;
import io.coxswain.worker.device.cuda.CudaUnavailableException;

/** Looks for a CUDA device in each way that a worker has, and prints what that says; for a JVM that ends with it. */
public final class CudaQuestions {
    private CudaQuestions() {}

    public static void main(String[] arguments) {
        System.out.println(CudaProbe.device(CudaDeviceConfig.DEFAULT).line());
        System.out.println(CudaProbe.worker(CudaDeviceConfig.DEFAULT).line());
        try (CudaDevice device = CudaDevice.open(CudaDeviceConfig.DEFAULT)) {
            System.out.println("opened " + device.name());
        } catch (CudaUnavailableException unavailable) {
            System.out.println(unavailable.getMessage());
        }
    }
}
