package io.coxswain.worker.collective.nccl;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ranks as threads of one process, with a device each. What they open lives until {@link #close()}. */
public final class NcclRanks implements AutoCloseable {
    public static final Duration LONG = Duration.ofSeconds(30);
    static final Duration SHORT = Duration.ofMillis(300);

    private final List<ExecutorService> threads = new ArrayList<>();
    private final List<GpuDevice> devices = new ArrayList<>();
    private final List<NcclCollectiveBackend> backends = new ArrayList<>();

    private NcclRanks() {}

    public static NcclRanks open(int worldSize) throws InterruptedException {
        return open(worldSize, new NcclConfig(InetAddress.getLoopbackAddress(), LONG, Duration.ofSeconds(10)));
    }

    static NcclRanks open(int worldSize, NcclConfig config) throws InterruptedException {
        NcclRanks ranks = new NcclRanks();
        for (int i = 0; i < worldSize; i++) {
            int rank = i;
            ranks.threads.add(Executors.newSingleThreadExecutor());
            GpuDevice device = get(ranks.threads.get(rank).submit(() -> GpuDevice.open(rank)));
            ranks.devices.add(device);
            ranks.backends.add(NcclCollectiveBackend.open(device.forNccl(), config, System::nanoTime));
        }
        return ranks;
    }

    /** What runs on a rank's thread. */
    @FunctionalInterface
    public interface Body<T> {
        T run(Rank rank) throws Exception;
    }

    /** The same without a result. */
    @FunctionalInterface
    interface Action {
        void run(Rank rank) throws Exception;
    }

    /** One rank, with the means of its thread. */
    public record Rank(int rank, GpuDevice device, Communicator communicator) {}

    List<InetSocketAddress> addresses() {
        return backends.stream().map(NcclCollectiveBackend::localAddress).toList();
    }

    public NcclCollectiveBackend backend(int rank) {
        return backends.get(rank);
    }

    GpuDevice device(int rank) {
        return devices.get(rank);
    }

    CommunicatorId createId() {
        return backends.get(0).createId();
    }

    GroupSpec group(int rank, CommunicatorId id, Duration connectDeadline) {
        return new GroupSpec("7", id, rank, addresses(), connectDeadline);
    }

    Communicator create(int rank, CommunicatorId id, Duration connectDeadline) {
        return backend(rank).create(group(rank, id, connectDeadline));
    }

    <T> Future<T> submit(int rank, Callable<T> task) {
        return threads.get(rank).submit(task);
    }

    void each(Action action) throws InterruptedException {
        run(rank -> {
            action.run(rank);
            return rank.rank();
        });
    }

    /** Connects all ranks and runs the body on each, which closes its communicator if it wants that at a certain time. */
    public <T> List<T> run(Body<T> body) throws InterruptedException {
        CommunicatorId id = createId();
        List<Future<T>> running = new ArrayList<>();
        for (int i = 0; i < threads.size(); i++) {
            int rank = i;
            Communicator communicator = create(rank, id, LONG);
            running.add(submit(rank, () -> {
                try (communicator) {
                    communicator.connect();
                    return body.run(new Rank(rank, devices.get(rank), communicator));
                }
            }));
        }
        List<T> results = new ArrayList<>();
        for (Future<T> future : running) {
            results.add(get(future));
        }
        return results;
    }

    static <T> T get(Future<T> future) throws InterruptedException {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a rank failed", e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a rank hangs", e);
        }
    }

    /** What the task threw. */
    static Throwable failure(Future<?> future) throws InterruptedException {
        try {
            throw new AssertionError("it did not fail, but returned " + future.get(60, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a rank hangs", e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (int rank = 0; rank < threads.size(); rank++) {
            GpuDevice device = devices.get(rank);
            get(submit(rank, () -> {
                device.gpu().close();
                return true;
            }));
            threads.get(rank).shutdown();
            backends.get(rank).close();
        }
    }
}
