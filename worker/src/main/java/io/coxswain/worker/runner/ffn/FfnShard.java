package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.GemmOptions;

/** One rank's share of the weights on its device. Holds nothing of an epoch, so it outlives one. Forward thread only. */
final class FfnShard implements AutoCloseable {
    private final Device device;
    private final int rank;
    private final int worldSize;
    private final int hidden;
    private final InnerShard shard;
    private final DeviceBuffer weights;
    private final DeviceMatrix w1;
    private final DeviceMatrix w2;

    private FfnShard(Device device, GroupSpec group, int hidden, InnerShard shard, DeviceBuffer weights) {
        long bytes = (long) hidden * shard.count() * Float.BYTES;
        this.device = device;
        this.rank = group.rank();
        this.worldSize = group.worldSize();
        this.hidden = hidden;
        this.shard = shard;
        this.weights = weights;
        this.w1 = new DeviceMatrix(weights.view(0, bytes), hidden, shard.count());
        this.w2 = new DeviceMatrix(weights.view(bytes, bytes), shard.count(), hidden);
    }

    /** Makes the share of the group's rank and copies it to the device. */
    static FfnShard load(Device device, GroupSpec group, FfnConfig config, SyntheticValues values) {
        InnerShard shard = InnerShard.of(config.inner(), group.rank(), group.worldSize());
        long bytes = (long) config.hidden() * shard.count() * Float.BYTES;
        DeviceBuffer weights = device.allocate(Math.max(1, 2 * bytes));
        try {
            device.upload(values.firstWeights(shard), 0, weights.view(0, bytes));
            device.upload(values.secondWeights(shard), 0, weights.view(bytes, bytes));
            return new FfnShard(device, group, config.hidden(), shard, weights);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** Whether the rank of a group has this share too. */
    boolean isOf(GroupSpec group) {
        return rank == group.rank() && worldSize == group.worldSize();
    }

    /** Bytes between the two products for rows of so many bytes. */
    long innerBytes(long rowsBytes) {
        return rowsBytes / hidden * shard.count();
    }

    /** This rank's addend of a microbatch's results: {@code partial = relu(x * W1) * W2} with its share of both. */
    void multiply(PassLayout layout, FfnMemory memory, int part) {
        DeviceView partial = memory.partial(layout, part);
        if (shard.count() == 0) {
            device.zero(partial);
            return;
        }
        int rows = layout.rows(part);
        DeviceMatrix x = new DeviceMatrix(memory.gathered(layout, part), rows, hidden);
        DeviceMatrix h = new DeviceMatrix(memory.inner(layout, part, this), rows, shard.count());
        device.gemm(x, w1, h, GemmOptions.PRODUCT_RELU);
        device.gemm(h, w2, new DeviceMatrix(partial, rows, hidden), GemmOptions.PRODUCT);
    }

    @Override
    public void close() {
        weights.close();
    }
}
