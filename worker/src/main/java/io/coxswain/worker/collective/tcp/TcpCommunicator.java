package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.ArgumentChecks;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.GrowableBuffer;
import io.coxswain.worker.device.HostAccessible;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One epoch's group over TCP. Used by one thread at a time: the one that connects it, then the forward thread; {@link #abort} by any.
 * Device memory is first needed by an operation, and so belongs to the forward thread.
 */
final class TcpCommunicator implements Communicator {
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final GroupSpec group;
    private final TcpConfig config;
    private final LongSupplier nanoTime;
    private final ServerSocketChannel server;
    private final Selector selector;
    private final GrowableBuffer staging;
    private final EpochGate gate;
    private final ArgumentChecks checks;
    private final FloatSum floatSum = new FloatSum();
    private final long[] equalSizes;
    private final FloatBuffer[] addends;
    private List<PeerConnection> peers = List.of();
    private @Nullable Exchange exchange;
    private long operations;

    /**
     * What a communicator works with.
     *
     * @param server where higher ranks dial; shared with other epochs, not closed here
     * @param selector its own, closed with it
     * @param device where partial sums of peers are kept
     */
    record Resources(ServerSocketChannel server, Selector selector, Device device) {}

    TcpCommunicator(GroupSpec group, TcpConfig config, LongSupplier nanoTime, Resources resources) {
        this.group = group;
        this.config = config;
        this.nanoTime = nanoTime;
        this.server = resources.server();
        this.selector = resources.selector();
        this.staging = new GrowableBuffer(resources.device());
        this.gate = new EpochGate(group.epoch());
        this.checks = new ArgumentChecks(group);
        this.equalSizes = new long[group.worldSize()];
        this.addends = new FloatBuffer[group.worldSize()];
    }

    @Override
    public GroupSpec group() {
        return group;
    }

    @Override
    public void connect() {
        gate.pass();
        if (exchange != null) {
            throw new IllegalStateException("epoch " + group.epoch() + " is connected already");
        }
        failing(() -> {
            if (group.worldSize() > 1) {
                Deadline deadline = Deadline.after(group.connectDeadline(), nanoTime);
                peers = new GroupConnector(group, selector, gate, nanoTime).connect(server, deadline);
            }
        });
        exchange = new Exchange(selector, gate, peers);
    }

    @Override
    public void allGather(DeviceView send, DeviceView receive) {
        Arrays.fill(equalSizes, send.length());
        gather(OperationKind.ALL_GATHER, send, receive, equalSizes);
    }

    @Override
    public void allGatherV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        gather(OperationKind.ALL_GATHER_V, send, receive, bytesByRank);
    }

    private void gather(OperationKind kind, DeviceView send, DeviceView receive, long[] sizes) {
        Exchange ready = ready();
        boolean inPlace = checks.gather(send, receive, sizes).equals(send);
        ByteBuffer source = host(send);
        ByteBuffer target = host(receive);
        int offset = 0;
        int next = 0;
        for (int rank = 0; rank < sizes.length; rank++) {
            int size = (int) sizes[rank];
            if (rank != group.rank()) {
                peers.get(next++).begin(kind, operations, source.duplicate(), target.slice(offset, size));
            } else if (!inPlace) {
                target.put(offset, source, 0, size);
            }
            offset += size;
        }
        run(ready);
    }

    @Override
    public void reduceScatterSum(DeviceView send, DeviceView receive) {
        Arrays.fill(equalSizes, receive.length());
        reduceScatter(OperationKind.REDUCE_SCATTER_SUM, send, receive, equalSizes);
    }

    @Override
    public void reduceScatterSumV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        reduceScatter(OperationKind.REDUCE_SCATTER_SUM_V, send, receive, bytesByRank);
    }

    private void reduceScatter(OperationKind kind, DeviceView send, DeviceView receive, long[] sizes) {
        Exchange ready = ready();
        checks.reduceScatter(send, receive, sizes);
        ByteBuffer source = host(send);
        int own = (int) receive.length();
        ByteBuffer partial = host(staging.view((long) own * peers.size()));
        int offset = 0;
        int next = 0;
        for (int rank = 0; rank < sizes.length; rank++) {
            int size = (int) sizes[rank];
            if (rank == group.rank()) {
                addends[rank] = floats(source.slice(offset, size));
            } else {
                ByteBuffer addend = partial.slice(next * own, own);
                addends[rank] = floats(addend);
                peers.get(next++).begin(kind, operations, source.slice(offset, size), addend);
            }
            offset += size;
        }
        run(ready);
        floatSum.add(addends, floats(host(receive)));
    }

    /** Everybody adds up everything: one round trip, and the sums are in the order of the ranks on all of them. */
    @Override
    public void allReduceSum(DeviceView view) {
        Exchange ready = ready();
        checks.allReduce(view);
        ByteBuffer own = host(view);
        int size = own.remaining();
        ByteBuffer partial = host(staging.view((long) size * peers.size()));
        addends[group.rank()] = floats(own.duplicate());
        for (int next = 0; next < peers.size(); next++) {
            ByteBuffer addend = partial.slice(next * size, size);
            addends[peers.get(next).rank()] = floats(addend);
            peers.get(next).begin(OperationKind.ALL_REDUCE_SUM, operations, own.duplicate(), addend);
        }
        run(ready);
        floatSum.add(addends, floats(host(view)));
    }

    /** Every operation is done when its call returns. */
    @Override
    public void awaitDone() {
        gate.pass();
    }

    @Override
    public void broadcast(DeviceView view, int root) {
        Exchange ready = ready();
        checks.root(root);
        ByteBuffer bytes = host(view);
        for (PeerConnection peer : peers) {
            ByteBuffer send = root == group.rank() ? bytes.duplicate() : NOTHING.duplicate();
            ByteBuffer receive = root == peer.rank() ? bytes : NOTHING.duplicate();
            peer.begin(OperationKind.BROADCAST, operations, send, receive);
        }
        run(ready);
    }

    private Exchange ready() {
        gate.pass();
        if (exchange == null) {
            throw new IllegalStateException("epoch " + group.epoch() + " is not connected yet");
        }
        return exchange;
    }

    private void run(Exchange ready) {
        operations++;
        failing(() -> ready.run(Deadline.after(config.operationDeadline(), nanoTime)));
    }

    /** The first failure ends the epoch here: a stream that stopped half-way cannot be used again. */
    private void failing(Runnable operation) {
        try {
            operation.run();
        } catch (CollectiveException e) {
            gate.close(String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private static ByteBuffer host(DeviceView view) {
        if (view.buffer() instanceof HostAccessible memory) {
            return memory.hostBytes(view.offset(), view.length());
        }
        throw new IllegalArgumentException("tcp needs memory that the host can address, not " + view.buffer());
    }

    private static FloatBuffer floats(ByteBuffer bytes) {
        return bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    @Override
    public void abort(String reason) {
        gate.close(reason);
        selector.wakeup();
    }

    @Override
    public void close() {
        gate.close("the communicator is closed");
        staging.close();
        Connections.close(selector, "connections of epoch " + group.epoch());
    }
}
