package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceView;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does on the device, from the states of this rank's rows in their place among the gathered ones to the results of its
 * rows. Forward thread only.
 */
record FfnPass(PassLayout layout, FfnMemory memory, FfnShard shard, Communicator communicator) {

    /**
     * Starts all of it, or records it where the device captures.
     *
     * @param product replayed in place of the products of the only microbatch; null: they are computed
     */
    void run(@Nullable DeviceGraph product) {
        for (int part = 0; part < layout.microbatches(); part++) {
            if (layout.bytes(part) > 0) {
                gather(part);
                if (product == null) {
                    multiply(part);
                } else {
                    product.replay();
                }
                scatter(part);
            }
        }
    }

    void multiply(int part) {
        shard.multiply(layout, memory, part);
    }

    private void gather(int part) {
        DeviceView all = memory.gathered(layout, part);
        DeviceView own = all.slice(layout.ownOffset(part), layout.ownBytes(part));
        switch (layout.layout()) {
            case PADDED -> communicator.allGather(own, all);
            case VARIABLE -> communicator.allGatherV(own, all, layout.bytesByRank(part));
        }
    }

    private void scatter(int part) {
        DeviceView sums = memory.partial(layout, part);
        DeviceView own = memory.results(layout, part);
        switch (layout.layout()) {
            case PADDED -> communicator.reduceScatterSum(sums, own);
            case VARIABLE -> communicator.reduceScatterSumV(sums, own, layout.bytesByRank(part));
        }
    }
}
