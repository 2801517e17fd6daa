package io.coxswain.worker;

import io.coxswain.worker.HardwareConfig.Cuda;
import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.PortRange;
import io.coxswain.worker.collective.nccl.NcclCollectiveBackend;
import io.coxswain.worker.collective.nccl.NcclConfig;
import io.coxswain.worker.collective.nccl.NcclDevice;
import io.coxswain.worker.collective.tcp.TcpCollectiveBackend;
import io.coxswain.worker.collective.tcp.TcpConfig;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import io.coxswain.worker.device.cuda.CudaDevice;
import io.coxswain.worker.device.cuda.CudaDeviceConfig;
import io.coxswain.worker.device.cuda.CudaFinding;
import io.coxswain.worker.device.cuda.CudaLibraryPath;
import io.coxswain.worker.device.cuda.CudaProbe;
import io.coxswain.worker.device.cuda.CudaUnavailableException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker runs on: a device, and collectives that reach its memory. Opened and closed by the forward thread; the backend is
 * closed before the device.
 */
record Hardware(Device device, CollectiveBackend backend) implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Hardware.class);
    /** How long a device may take to come free of an epoch that was aborted. */
    private static final Duration RELEASE = Duration.ofSeconds(10);

    /** Where and how collectives run. */
    record Collectives(InetAddress bindAddress, PortRange ports, Duration operationDeadline) {}

    /**
     * Opens what was asked for, or what AUTO finds.
     *
     * @throws CudaUnavailableException if it was a GPU, and that cannot be had
     */
    static Hardware open(HardwareConfig config, Collectives collectives) {
        return switch (config.device()) {
            case CPU -> cpu(config, collectives);
            case CUDA -> {
                CudaFinding found = look(config.cuda());
                if (found instanceof CudaFinding.Unusable unusable) {
                    throw new CudaUnavailableException("--device is cuda, which cannot be had: " + unusable.line());
                }
                LOG.info("{}", found.line());
                yield cuda(config.cuda(), collectives);
            }
            case AUTO -> {
                CudaFinding found = look(config.cuda());
                int local = config.cuda().localWorldSize();
                if (found instanceof CudaFinding.Usable usable && usable.devices() >= local) {
                    LOG.info("--device auto takes cuda: {}", found.line());
                    yield cuda(config.cuda(), collectives);
                }
                String missing = found instanceof CudaFinding.Usable usable
                        ? usable.devices() + " CUDA devices for " + local + " workers"
                        : found.line();
                LOG.info("--device auto takes cpu: {}", missing);
                yield cpu(config, collectives);
            }
        };
    }

    private static CudaFinding look(Cuda cuda) {
        if (cuda.libraries() != null) {
            CudaLibraryPath.use(cuda.libraries());
        }
        return CudaProbe.worker(device(cuda));
    }

    private static CudaDeviceConfig device(Cuda cuda) {
        return CudaDeviceConfig.DEFAULT.withOrdinal(cuda.ordinal()).withStandIn(cuda.standIn());
    }

    private static Hardware cuda(Cuda cuda, Collectives collectives) {
        NcclConfig nccl = new NcclConfig(
                collectives.bindAddress(), collectives.ports(), collectives.operationDeadline(), RELEASE);
        return with(
                CudaDevice.open(device(cuda)),
                device -> NcclCollectiveBackend.open(NcclDevice.of(device), nccl, System::nanoTime));
    }

    private static Hardware cpu(HardwareConfig config, Collectives collectives) {
        TcpConfig tcp = new TcpConfig(collectives.bindAddress(), collectives.ports(), collectives.operationDeadline());
        return with(
                CpuDevice.open(new CpuDeviceConfig(config.blasThreads())),
                device -> TcpCollectiveBackend.open(device, tcp, System::nanoTime));
    }

    private static <D extends Device> Hardware with(D device, Function<D, CollectiveBackend> collectives) {
        try {
            return new Hardware(device, collectives.apply(device));
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
