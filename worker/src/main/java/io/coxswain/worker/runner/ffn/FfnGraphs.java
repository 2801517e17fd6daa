package io.coxswain.worker.runner.ffn;

import io.coxswain.types.CudaGraphMode;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.GraphDevice;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The graphs that a rank has captured, which share one memory: the largest is captured first, and the others find their place in its.
 *
 * <p>A FULL graph holds the whole pass with its collectives, so it ends with its communicator, and before it: NCCL waits for the
 * graphs that hold a communicator when it ends one. A PIECEWISE graph holds the products alone, and goes on as long as the share of
 * the weights does. Forward thread only.
 */
final class FfnGraphs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FfnGraphs.class);

    private final @Nullable GraphDevice device;
    private final FfnMemory memory;
    /** At most as many as the job's settings call for. */
    private final Map<GraphKey, DeviceGraph> graphs = new LinkedHashMap<>();

    private CapturedGraphs captured;

    FfnGraphs(Device device) {
        this.device = device instanceof GraphDevice capturing ? capturing : null;
        this.memory = new FfnMemory(device);
        this.captured = this.device == null ? CapturedGraphs.ALL : CapturedGraphs.NONE;
    }

    CapturedGraphs captured() {
        return captured;
    }

    /**
     * The graph that all ranks replay; null where this device has none, and runs every shape as it is.
     *
     * @throws IllegalStateException if it was not captured: the others wait in it for this rank
     */
    @Nullable
    DeviceGraph get(GraphKey key) {
        if (device == null) {
            return null;
        }
        DeviceGraph graph = graphs.get(key);
        if (graph == null) {
            throw new IllegalStateException("a decided graph is not captured here: " + key);
        }
        return graph;
    }

    /** Where the passes of graphs work. */
    FfnMemory memory() {
        return memory;
    }

    /** Makes room for a pass that is to be captured. Graphs in a memory that is too small end. */
    void reserve(PassLayout layout, FfnShard shard) {
        if (!memory.holds(layout, shard)) {
            dropAll();
            memory.reserve(layout, shard);
        }
    }

    /** Captures a graph that is not there; where the device cannot, the rank goes on without. */
    void capture(GraphKey key, FfnPass pass) {
        GraphDevice capturing = device;
        if (capturing == null) {
            throw new IllegalStateException("this rank's device has no graphs to capture, but the decision is " + key);
        }
        try {
            DeviceGraph graph = capturing.capture(() -> record(key, pass));
            DeviceGraph before = graphs.put(key, graph);
            if (before != null) {
                before.close();
            }
            captured = CapturedGraphs.of(graphs.keySet());
        } catch (DeviceException refused) {
            LOG.warn("{} is not captured: {}", key, refused.getMessage());
        }
    }

    private static void record(GraphKey key, FfnPass pass) {
        switch (key.mode()) {
            case FULL -> pass.run(null);
            case PIECEWISE -> pass.multiply(0);
            case NONE -> throw new IllegalArgumentException("a graph without a mode: " + key);
        }
    }

    /** The communicator ends: so do the graphs that hold it. */
    void dropFull() {
        drop(CudaGraphMode.FULL);
    }

    /** The share of the weights ends, or the memory does. */
    void dropAll() {
        drop(CudaGraphMode.FULL);
        drop(CudaGraphMode.PIECEWISE);
    }

    private void drop(CudaGraphMode mode) {
        boolean dropped = graphs.entrySet().removeIf(entry -> {
            boolean gone = entry.getKey().mode() == mode;
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
        if (dropped) {
            captured = CapturedGraphs.of(graphs.keySet());
        }
    }

    @Override
    public void close() {
        dropAll();
        memory.close();
    }
}
