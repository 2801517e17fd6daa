package io.coxswain.worker.gpucheck;

import io.coxswain.nccl4j.CommConfig;
import io.coxswain.nccl4j.Communicator;
import io.coxswain.nccl4j.DataType;
import io.coxswain.nccl4j.StreamOperations;
import io.coxswain.nccl4j.UniqueId;
import io.coxswain.nccl4j.Wait;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.cuda.CudaDevice;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.Pointer;

/**
 * One rank of the gather, on a thread of its own; answers how many nanoseconds a gather took.
 *
 * @param id the group's
 * @param seat which of its ranks this is
 */
record GatherRank(GpuCheckConfig config, UniqueId id, Seat seat) implements Callable<Double> {
    private static final int REPETITIONS = 10;

    /** @param ordinal the rank's device */
    record Seat(int rank, int ranks, int ordinal) {}

    /** How much each of the ranks has. */
    static int partBytes(int bytes, int ranks) {
        return Math.max(1, bytes / ranks);
    }

    @Override
    public Double call() {
        Wait wait = Wait.atMost(config.timeout());
        // The communicator ends before the device, whose end waits for all that still runs.
        try (CudaDevice device = CudaDevice.open(config.device().withOrdinal(seat.ordinal));
                Communicator communicator = Communicator.init(id, seat.ranks, seat.rank, CommConfig.nonBlocking())) {
            communicator.awaitReady(wait);
            double nanos = gather(device, communicator.on(device.stream()), wait);
            communicator.beginFinalize();
            communicator.awaitReady(wait);
            return nanos;
        }
    }

    private double gather(CudaDevice device, StreamOperations operations, Wait wait) {
        int part = partBytes(config.bytes(), seat.ranks);
        // They end with the device: freeing them waits for the gathers, which only the communicator's end can stop.
        DeviceBuffer own = device.allocate(part);
        DeviceBuffer all = device.allocate((long) part * seat.ranks);
        device.upload(filled(part), own.view(0, part));
        Pointer from = device.pointer(own.view(0, part));
        Pointer to = device.pointer(all.view(0, all.byteSize()));
        launch(operations, from, to, part, wait);
        wait.until(device::isIdle, "the first gather");
        requireAll(device, all, part);
        long start = System.nanoTime();
        for (int i = 0; i < REPETITIONS; i++) {
            launch(operations, from, to, part, wait);
        }
        wait.until(device::isIdle, "a gather");
        return (System.nanoTime() - start) / (double) REPETITIONS;
    }

    private static void launch(StreamOperations operations, Pointer from, Pointer to, int part, Wait wait) {
        operations.allGather(from, to, part, DataType.INT8);
        operations.communicator().awaitReady(wait);
    }

    private ByteBuffer filled(int part) {
        ByteBuffer bytes = ByteBuffer.allocate(part);
        Arrays.fill(bytes.array(), mark(seat.rank));
        return bytes;
    }

    private static byte mark(int rank) {
        return (byte) (rank + 1);
    }

    private void requireAll(CudaDevice device, DeviceBuffer all, int part) {
        ByteBuffer bytes = ByteBuffer.allocate(part);
        for (int rank = 0; rank < seat.ranks; rank++) {
            device.download(all.view((long) rank * part, part), bytes.clear());
            for (byte each : bytes.array()) {
                if (each != mark(rank)) {
                    throw new CheckFailedException(
                            "what rank " + rank + " gave arrived as " + each + ", not " + mark(rank));
                }
            }
        }
    }
}
