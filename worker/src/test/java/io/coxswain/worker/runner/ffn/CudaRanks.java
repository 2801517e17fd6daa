package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.nccl.NcclCollectiveBackend;
import io.coxswain.worker.collective.nccl.NcclConfig;
import io.coxswain.worker.collective.nccl.NcclDevice;
import io.coxswain.worker.device.cuda.CudaDevice;
import io.coxswain.worker.device.cuda.CudaDeviceConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ranks as threads of one process, each with a device of the stand-in and NCCL's collectives between them. */
final class CudaRanks implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final List<ExecutorService> threads = new ArrayList<>();
    private final List<CudaDevice> devices = new ArrayList<>();
    private final List<NcclCollectiveBackend> backends = new ArrayList<>();
    private final Map<String, CommunicatorId> ids = new ConcurrentHashMap<>();

    private CudaRanks() {}

    static CudaRanks open(int worldSize) throws InterruptedException {
        CudaRanks ranks = new CudaRanks();
        NcclConfig config = new NcclConfig(InetAddress.getLoopbackAddress(), DEADLINE, Duration.ofSeconds(10));
        for (int i = 0; i < worldSize; i++) {
            CudaDeviceConfig ofRank =
                    CudaDeviceConfig.DEFAULT.withOrdinal(i).withStandIn(CudaDeviceConfig.StandIn.ALLOWED);
            ExecutorService thread = Executors.newSingleThreadExecutor();
            ranks.threads.add(thread);
            CudaDevice device = get(thread.submit(() -> CudaDevice.open(ofRank)));
            ranks.devices.add(device);
            ranks.backends.add(NcclCollectiveBackend.open(NcclDevice.of(device), config, System::nanoTime));
        }
        return ranks;
    }

    /** What runs on a rank's thread. */
    @FunctionalInterface
    interface Body<T> {
        T run(Rank rank) throws Exception;
    }

    /** One rank, with the means of its thread. */
    record Rank(int rank, CudaDevice device, CudaRanks ranks) {

        int worldSize() {
            return ranks.threads.size();
        }

        /** A communicator of all ranks, which all make for the same epoch. */
        Communicator connect(String epoch) {
            List<InetSocketAddress> all = ranks.backends.stream()
                    .map(NcclCollectiveBackend::localAddress)
                    .toList();
            CommunicatorId id = ranks.ids.computeIfAbsent(
                    epoch, ignored -> ranks.backends.get(0).createId());
            return connect(new GroupSpec(epoch, id, rank, all, DEADLINE));
        }

        /** A communicator of this rank alone. */
        Communicator connectAlone(String epoch) {
            NcclCollectiveBackend backend = ranks.backends.get(rank);
            return connect(new GroupSpec(epoch, backend.createId(), 0, List.of(backend.localAddress()), DEADLINE));
        }

        private Communicator connect(GroupSpec group) {
            Communicator communicator = ranks.backends.get(rank).create(group);
            communicator.connect();
            return communicator;
        }
    }

    <T> List<T> run(Body<T> body) throws InterruptedException {
        List<Future<T>> running = new ArrayList<>();
        for (int i = 0; i < threads.size(); i++) {
            Rank rank = new Rank(i, devices.get(i), this);
            running.add(threads.get(i).submit(() -> body.run(rank)));
        }
        List<T> results = new ArrayList<>();
        for (Future<T> future : running) {
            results.add(get(future));
        }
        return results;
    }

    private static <T> T get(Future<T> future) throws InterruptedException {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a rank failed", e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a rank hangs", e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (int rank = 0; rank < threads.size(); rank++) {
            CudaDevice device = devices.get(rank);
            backends.get(rank).close();
            get(threads.get(rank).submit(() -> {
                device.close();
                return true;
            }));
            threads.get(rank).shutdown();
        }
    }
}
