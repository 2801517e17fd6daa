package io.coxswain.worker.collective.nccl;

import io.coxswain.nccl4j.DataType;
import io.coxswain.nccl4j.Group;
import io.coxswain.nccl4j.NcclException;
import io.coxswain.nccl4j.ReduceOp;
import io.coxswain.nccl4j.Reduction;
import io.coxswain.nccl4j.StreamOperations;
import io.coxswain.nccl4j.UniqueId;
import io.coxswain.nccl4j.Wait;
import io.coxswain.worker.collective.ArgumentChecks;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.tcp.RollCall;
import io.coxswain.worker.device.DeviceView;
import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * One epoch's group over NCCL. Used by one thread at a time: the one that connects it, then the forward thread; {@link #abort} by
 * any. Operations are launched when their call returns; in a capture they are recorded.
 *
 * <p>Graphs that were captured with its operations must be destroyed before {@link #close}, which otherwise fails at the release
 * deadline.
 */
final class NcclCommunicator implements Communicator {
    private static final Reduction SUM = ReduceOp.SUM.of(DataType.FLOAT32);

    private final NcclDevice device;
    private final NcclLink link;
    private final EpochGate gate;
    private final Entry entry;
    private final ArgumentChecks checks;
    private final long[] equalSizes;
    private final Wait launch;
    private @Nullable StreamOperations operations;
    private @Nullable Completion completion;

    /** How it finds its group. */
    record Entry(UniqueId id, RollCall rollCall) {}

    NcclCommunicator(NcclDevice device, NcclLink link, Entry entry) {
        this.device = device;
        this.link = link;
        this.gate = link.gate();
        this.entry = entry;
        this.checks = new ArgumentChecks(link.group());
        this.equalSizes = new long[link.group().worldSize()];
        this.launch = Wait.atMost(link.config().operationDeadline())
                .onClock(link.nanoTime())
                .onlyWhile(() -> {
                    gate.pass();
                    return true;
                });
    }

    @Override
    public GroupSpec group() {
        return link.group();
    }

    @Override
    public void connect() {
        gate.pass();
        if (operations != null) {
            throw new IllegalStateException("epoch " + group().epoch() + " is connected already");
        }
        try (RollCall left = entry.rollCall()) {
            device.makeCurrent();
            io.coxswain.nccl4j.Communicator communicator = link.connect(entry.id(), left);
            completion = new Completion(device, link, communicator);
            operations = communicator.on(device.stream());
        } catch (RuntimeException failed) {
            link.end(failed);
            throw failed;
        }
    }

    @Override
    public void allGather(DeviceView send, DeviceView receive) {
        StreamOperations ready = ready();
        Arrays.fill(equalSizes, send.length());
        checks.gather(send, receive, equalSizes);
        try {
            ready.allGather(device.pointer(send), device.pointer(receive), send.length(), DataType.UINT8);
            ready.communicator().awaitReady(launch);
        } catch (NcclException e) {
            throw link.failed("an all-gather", e);
        }
    }

    /** A broadcast from each rank, launched as one. */
    @Override
    public void allGatherV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        StreamOperations ready = ready();
        checks.gather(send, receive, bytesByRank);
        Pointer source = device.pointer(send);
        try {
            try (Group together = Group.start()) {
                long offset = 0;
                for (int root = 0; root < bytesByRank.length; root++) {
                    long bytes = bytesByRank[root];
                    if (bytes > 0) {
                        Pointer part = device.pointer(receive.slice(offset, bytes));
                        ready.broadcast(root == group().rank() ? source : part, part, bytes, DataType.UINT8, root);
                    }
                    offset += bytes;
                }
            }
            ready.communicator().awaitReady(launch);
        } catch (NcclException e) {
            throw link.failed("an all-gather of varying parts", e);
        }
    }

    @Override
    public void reduceScatterSum(DeviceView send, DeviceView receive) {
        StreamOperations ready = ready();
        Arrays.fill(equalSizes, receive.length());
        checks.reduceScatter(send, receive, equalSizes);
        try {
            ready.reduceScatter(device.pointer(send), device.pointer(receive), floats(receive.length()), SUM);
            ready.communicator().awaitReady(launch);
        } catch (NcclException e) {
            throw link.failed("a reduce-scatter", e);
        }
    }

    /** A reduction to each rank, launched as one. */
    @Override
    public void reduceScatterSumV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        StreamOperations ready = ready();
        checks.reduceScatter(send, receive, bytesByRank);
        Pointer target = device.pointer(receive);
        try {
            try (Group together = Group.start()) {
                long offset = 0;
                for (int root = 0; root < bytesByRank.length; root++) {
                    long bytes = bytesByRank[root];
                    if (bytes > 0) {
                        Pointer part = device.pointer(send.slice(offset, bytes));
                        ready.reduce(part, root == group().rank() ? target : null, floats(bytes), SUM, root);
                    }
                    offset += bytes;
                }
            }
            ready.communicator().awaitReady(launch);
        } catch (NcclException e) {
            throw link.failed("a reduce-scatter of varying parts", e);
        }
    }

    @Override
    public void allReduceSum(DeviceView view) {
        StreamOperations ready = ready();
        checks.allReduce(view);
        Pointer values = device.pointer(view);
        try {
            ready.allReduce(values, values, floats(view.length()), SUM);
            ready.communicator().awaitReady(launch);
        } catch (NcclException e) {
            throw link.failed("an all-reduce", e);
        }
    }

    @Override
    public void broadcast(DeviceView view, int root) {
        StreamOperations ready = ready();
        checks.root(root);
        Pointer bytes = device.pointer(view);
        try {
            ready.broadcast(bytes, bytes, view.length(), DataType.UINT8, root);
            ready.communicator().awaitReady(launch);
        } catch (NcclException e) {
            throw link.failed("a broadcast", e);
        }
    }

    private static long floats(long bytes) {
        return bytes / Float.BYTES;
    }

    /**
     * As the port says. When the epoch has ended, before or meanwhile, it throws only when the device is free, so that the caller
     * may free what the operations used.
     *
     * @throws io.coxswain.worker.device.DeviceException if the device fails, or does not come free within the release deadline
     */
    @Override
    public void awaitDone() {
        if (completion == null) {
            ready();
        } else {
            completion.await();
        }
    }

    private StreamOperations ready() {
        gate.pass();
        if (operations == null) {
            throw new IllegalStateException("epoch " + group().epoch() + " is not connected yet");
        }
        return operations;
    }

    @Override
    public void abort(String reason) {
        gate.close(reason);
        entry.rollCall().wakeUp();
        link.abort();
    }

    @Override
    public void close() {
        entry.rollCall().close();
        link.close();
    }
}
