package io.coxswain.worker.device.cuda;

import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;
import org.bytedeco.javacpp.Pointer;

/** Prints what the probe says, twice, of the device with the ordinal of the first argument, and then JavaCPP's limit on memory. */
final class ProbeMain {
    private ProbeMain() {}

    public static void main(String[] arguments) {
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        CudaDeviceConfig config = CudaDeviceConfig.DEFAULT
                .withOrdinal(Integer.parseInt(arguments[0]))
                .withStandIn(StandIn.valueOf(arguments[1]));
        String first = CudaProbe.worker(config).line();
        String second = CudaProbe.worker(config).line();
        System.out.println(first.equals(second) ? first : first + ", then " + second);
        System.out.println(Pointer.maxPhysicalBytes());
    }
}
