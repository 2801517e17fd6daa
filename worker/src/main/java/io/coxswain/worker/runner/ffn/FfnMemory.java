package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.GrowableBuffer;

/**
 * The device memory that passes work in, reused from pass to pass. It moves when a pass needs more than any before it. Forward thread
 * only.
 */
final class FfnMemory implements AutoCloseable {
    private final GrowableBuffer gathered;
    private final GrowableBuffer inner;
    private final GrowableBuffer partial;
    private final GrowableBuffer results;

    FfnMemory(Device device) {
        this.gathered = new GrowableBuffer(device);
        this.inner = new GrowableBuffer(device);
        this.partial = new GrowableBuffer(device);
        this.results = new GrowableBuffer(device);
    }

    /** Whether a pass finds its place without anything being moved. */
    boolean holds(PassLayout layout, FfnShard shard) {
        return gathered.holds(layout.totalBytes())
                && inner.holds(shard.innerBytes(layout.largestBytes()))
                && partial.holds(layout.largestBytes())
                && results.holds(layout.ownTotalBytes());
    }

    /** Makes room; what was there is lost where it has to be moved. */
    void reserve(PassLayout layout, FfnShard shard) {
        gathered.view(layout.totalBytes());
        inner.view(shard.innerBytes(layout.largestBytes()));
        partial.view(layout.largestBytes());
        results.view(layout.ownTotalBytes());
    }

    /** The states of all ranks' rows, of all microbatches. */
    DeviceView gathered(PassLayout layout) {
        return gathered.view(layout.totalBytes());
    }

    /** The states of all ranks' rows in a microbatch. */
    DeviceView gathered(PassLayout layout, int part) {
        return gathered(layout).slice(layout.offset(part), layout.bytes(part));
    }

    /** What lies between the two products. */
    DeviceView inner(PassLayout layout, int part, FfnShard shard) {
        return inner.view(shard.innerBytes(layout.bytes(part)));
    }

    /** This rank's addends of all ranks' results in a microbatch. */
    DeviceView partial(PassLayout layout, int part) {
        return partial.view(layout.bytes(part));
    }

    /** The results of this rank's rows, of all microbatches. */
    DeviceView results(PassLayout layout) {
        return results.view(layout.ownTotalBytes());
    }

    /** The results of this rank's rows in a microbatch. */
    DeviceView results(PassLayout layout, int part) {
        return results(layout).slice(layout.ownResultOffset(part), layout.ownBytes(part));
    }

    @Override
    public void close() {
        gathered.close();
        inner.close();
        partial.close();
        results.close();
    }
}
