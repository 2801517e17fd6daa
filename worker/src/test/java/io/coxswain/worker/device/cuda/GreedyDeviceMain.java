package io.coxswain.worker.device.cuda;

/** Asks for a workspace of more memory than the device has, and prints how that ends and what of it stays. */
final class GreedyDeviceMain {
    private static final int WORKSPACE_BYTES = 16 << 20;

    private GreedyDeviceMain() {}

    public static void main(String[] arguments) {
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        CudaDevice.open(TestDevices.CONFIG).close();
        long before = TestDevices.usedBytes();
        try (CudaDevice device = CudaDevice.open(TestDevices.CONFIG.withWorkspaceBytes(WORKSPACE_BYTES))) {
            System.out.println(device.name() + " is open");
        } catch (CudaException e) {
            System.out.println(e.getMessage());
            System.out.println(e.getSuppressed().length + " suppressed");
        }
        System.out.println(TestDevices.usedBytes() - before + " bytes kept");
    }
}
