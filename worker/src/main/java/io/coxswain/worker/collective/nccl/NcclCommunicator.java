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
        Pointer source = device.pointer(send);
        Pointer target = device.pointer(receive);
        launch("an all-gather", ready, () -> ready.allGather(source, target, send.length(), DataType.UINT8));
    }

    /** A broadcast from each rank, launched as one. */
    @Override
    public void allGatherV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        StreamOperations ready = ready();
        checks.gather(send, receive, bytesByRank);
        Pointer source = device.pointer(send);
        launchForEach("an all-gather of varying parts", ready, receive, bytesByRank, (root, part, bytes) -> {
            ready.broadcast(root == group().rank() ? source : part, part, bytes, DataType.UINT8, root);
        });
    }

    @Override
    public void reduceScatterSum(DeviceView send, DeviceView receive) {
        StreamOperations ready = ready();
        Arrays.fill(equalSizes, receive.length());
        checks.reduceScatter(send, receive, equalSizes);
        Pointer source = device.pointer(send);
        Pointer target = device.pointer(receive);
        launch("a reduce-scatter", ready, () -> ready.reduceScatter(source, target, floats(receive.length()), SUM));
    }

    /** A reduction to each rank, launched as one. */
    @Override
    public void reduceScatterSumV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        StreamOperations ready = ready();
        checks.reduceScatter(send, receive, bytesByRank);
        Pointer target = device.pointer(receive);
        launchForEach("a reduce-scatter of varying parts", ready, send, bytesByRank, (root, part, bytes) -> {
            ready.reduce(part, root == group().rank() ? target : null, floats(bytes), SUM, root);
        });
    }

    @Override
    public void allReduceSum(DeviceView view) {
        StreamOperations ready = ready();
        checks.allReduce(view);
        Pointer values = device.pointer(view);
        launch("an all-reduce", ready, () -> ready.allReduce(values, values, floats(view.length()), SUM));
    }

    @Override
    public void broadcast(DeviceView view, int root) {
        StreamOperations ready = ready();
        checks.root(root);
        Pointer bytes = device.pointer(view);
        launch("a broadcast", ready, () -> ready.broadcast(bytes, bytes, view.length(), DataType.UINT8, root));
    }

    /** Launches, and waits until NCCL is through with that; what the device does with it is not waited for. */
    private void launch(String what, StreamOperations ready, Runnable operation) {
        try {
            operation.run();
            ready.communicator().awaitReady(launch);
        } catch (NcclException e) {
            throw link.failed(what, e);
        }
    }

    /** The operation of one rank among those of all. */
    private interface OfRank {
        void launch(int rank, Pointer part, long bytes);
    }

    /** One operation for each rank that has bytes, all launched together, on its part of the view. */
    private void launchForEach(
            String what, StreamOperations ready, DeviceView all, long[] bytesByRank, OfRank operation) {
        launch(what, ready, () -> {
            try (Group together = Group.start()) {
                long offset = 0;
                for (int rank = 0; rank < bytesByRank.length; rank++) {
                    long bytes = bytesByRank[rank];
                    if (bytes > 0) {
                        operation.launch(rank, device.pointer(all.slice(offset, bytes)), bytes);
                    }
                    offset += bytes;
                }
            }
        });
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
