package io.coxswain.worker;

import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.tcp.TcpCollectiveBackend;
import io.coxswain.worker.collective.tcp.TcpConfig;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import java.io.IOException;
import java.net.InetAddress;

/**
 * What a worker runs on: a device, and collectives that reach its memory. Opened and closed by the forward thread; the backend is
 * closed before the device.
 */
record Hardware(Device device, CollectiveBackend backend) implements AutoCloseable {

    /** Opens what was asked for. */
    static Hardware open(HardwareConfig config, WorkerConfig.Network network) throws IOException {
        TcpConfig tcp = new TcpConfig(InetAddress.getByName(network.bind()), network.collectiveTimeout());
        return cpu(config, tcp);
    }

    private static Hardware cpu(HardwareConfig config, TcpConfig tcp) {
        Device device = CpuDevice.open(new CpuDeviceConfig(config.blasThreads()));
        try {
            return new Hardware(device, TcpCollectiveBackend.open(device, tcp, System::nanoTime));
        } catch (RuntimeException failed) {
            device.close();
            throw failed;
        }
    }

    @Override
    public void close() {
        try {
            backend.close();
        } finally {
            device.close();
        }
    }
}
