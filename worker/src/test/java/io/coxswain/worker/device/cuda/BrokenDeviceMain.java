package io.coxswain.worker.device.cuda;

import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceView;
import org.bytedeco.cuda.global.cudart;

/** Writes to memory that is not there, and prints what every later call says. */
final class BrokenDeviceMain {
    private BrokenDeviceMain() {}

    public static void main(String[] arguments) {
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        CudaDevice device = CudaDevice.open(TestDevices.CONFIG);
        DeviceView view = device.allocate(1 << 20).view(0, 1 << 20);
        device.synchronize();
        cudart.cudaFree(device.pointer(view));
        tell(() -> {
            device.zero(view);
            device.synchronize();
        });
        tell(device::isIdle);
        tell(() -> device.allocate(8));
        tell(device::makeCurrent);
        tell(device::close);
        tell(device::close);
        tell(device::synchronize);
    }

    private static void tell(Runnable call) {
        try {
            call.run();
            System.out.println("fine");
        } catch (DeviceException e) {
            System.out.println(e.getMessage());
        }
    }
}
