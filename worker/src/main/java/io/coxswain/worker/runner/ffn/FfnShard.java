package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.GemmOptions;
import io.coxswain.worker.device.GrowableBuffer;

/** One rank's share of the weights on its device, for one epoch. Forward thread only. */
final class FfnShard implements AutoCloseable {
    private final Device device;
    private final Communicator communicator;
    private final int hidden;
    private final InnerShard shard;
    private final DeviceBuffer weights;
    private final DeviceMatrix w1;
    private final DeviceMatrix w2;
    private final GrowableBuffer inner;

    private FfnShard(Device device, Communicator communicator, int hidden, InnerShard shard, DeviceBuffer weights) {
        long bytes = (long) hidden * shard.count() * Float.BYTES;
        this.device = device;
        this.communicator = communicator;
        this.hidden = hidden;
        this.shard = shard;
        this.weights = weights;
        this.w1 = new DeviceMatrix(weights.view(0, bytes), hidden, shard.count());
        this.w2 = new DeviceMatrix(weights.view(bytes, bytes), shard.count(), hidden);
        this.inner = new GrowableBuffer(device);
    }

    /** Makes the share of the communicator's rank and copies it to the device. */
    static FfnShard load(Device device, Communicator communicator, FfnConfig config, SyntheticValues values) {
        int rank = communicator.group().rank();
        InnerShard shard =
                InnerShard.of(config.inner(), rank, communicator.group().worldSize());
        long bytes = (long) config.hidden() * shard.count() * Float.BYTES;
        DeviceBuffer weights = device.allocate(Math.max(1, 2 * bytes));
        try {
            device.upload(values.firstWeights(shard), 0, weights.view(0, bytes));
            device.upload(values.secondWeights(shard), 0, weights.view(bytes, bytes));
            return new FfnShard(device, communicator, config.hidden(), shard, weights);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    Communicator communicator() {
        return communicator;
    }

    /** This rank's addend of the results: {@code partial = relu(x * W1) * W2} with its share of both. */
    void multiply(int rows, DeviceView x, DeviceView partial) {
        if (shard.count() == 0) {
            device.zero(partial);
            return;
        }
        DeviceView between = inner.view((long) rows * shard.count() * Float.BYTES);
        DeviceMatrix h = new DeviceMatrix(between, rows, shard.count());
        device.gemm(new DeviceMatrix(x, rows, hidden), w1, h, GemmOptions.PRODUCT_RELU);
        device.gemm(h, w2, new DeviceMatrix(partial, rows, hidden), GemmOptions.PRODUCT);
    }

    @Override
    public void close() {
        inner.close();
        weights.close();
    }
}
