package io.coxswain.worker.collective.nccl;

import io.coxswain.nccl4j.NcclException;
import io.coxswain.nccl4j.NcclVersion;
import io.coxswain.nccl4j.UniqueId;
import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.TransportException;
import io.coxswain.worker.collective.tcp.RollCall;
import io.coxswain.worker.collective.tcp.RollCallHost;
import java.net.InetSocketAddress;
import java.util.function.LongSupplier;

/**
 * Collectives by NCCL. Several communicators may connect at the same time, each on a thread of its own. Opened and closed by the
 * forward thread; all other methods may be called by any thread.
 */
public final class NcclCollectiveBackend implements CollectiveBackend {
    private final NcclDevice device;
    private final NcclConfig config;
    private final LongSupplier nanoTime;
    private final RollCallHost host;

    private NcclCollectiveBackend(NcclDevice device, NcclConfig config, LongSupplier nanoTime, RollCallHost host) {
        this.device = device;
        this.config = config;
        this.nanoTime = nanoTime;
        this.host = host;
    }

    /**
     * Loads NCCL and listens for roll calls. {@code nanoTime} is a monotonic clock.
     *
     * @throws io.coxswain.nccl4j.NcclUnavailableException if NCCL cannot be loaded or is too old
     * @throws TransportException if the address cannot be bound
     */
    public static NcclCollectiveBackend open(NcclDevice device, NcclConfig config, LongSupplier nanoTime) {
        NcclVersion.requireSupported();
        return new NcclCollectiveBackend(
                device, config, nanoTime, RollCallHost.open(config.bindAddress(), config.ports()));
    }

    @Override
    public String name() {
        return "nccl";
    }

    /** Where the roll call reaches this rank; NCCL's own addresses are in the communicator's id. */
    @Override
    public InetSocketAddress localAddress() {
        return host.localAddress();
    }

    /** Throws {@link TransportException} when NCCL finds no network. */
    @Override
    public CommunicatorId createId() {
        try {
            return CommunicatorId.of(UniqueId.create().toByteArray());
        } catch (NcclException failed) {
            throw new TransportException("NCCL makes no communicator id: " + failed.getMessage(), failed);
        }
    }

    @Override
    public Communicator create(GroupSpec group) {
        UniqueId id = UniqueId.of(group.id().toByteArray());
        EpochGate gate = new EpochGate(group.epoch());
        RollCall rollCall = host.rollCall(group, gate);
        NcclLink link = new NcclLink(group, config, gate, nanoTime);
        return new NcclCommunicator(device, link, new NcclCommunicator.Entry(id, rollCall));
    }

    @Override
    public void close() {
        host.close();
    }
}
