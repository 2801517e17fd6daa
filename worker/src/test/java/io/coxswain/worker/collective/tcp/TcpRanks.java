package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/** Ranks as threads of one process, over real sockets. What they open lives until {@link #close()}. */
public final class TcpRanks implements AutoCloseable {
    private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(30);

    private final int worldSize;
    private final ExecutorService threads;
    private final List<CpuDevice> devices = new ArrayList<>();
    private final List<TcpCollectiveBackend> backends = new ArrayList<>();
    private final CommunicatorId id;

    private TcpRanks(int worldSize, Duration operationDeadline) {
        this.worldSize = worldSize;
        this.threads = Executors.newFixedThreadPool(worldSize);
        TcpConfig config = new TcpConfig(InetAddress.getLoopbackAddress(), operationDeadline);
        for (int rank = 0; rank < worldSize; rank++) {
            CpuDevice device = CpuDevice.open(CpuDeviceConfig.DEFAULT);
            devices.add(device);
            backends.add(TcpCollectiveBackend.open(device, config, System::nanoTime));
        }
        this.id = backends.get(0).createId();
    }

    public static TcpRanks open(int worldSize) {
        return open(worldSize, Duration.ofSeconds(30));
    }

    static TcpRanks open(int worldSize, Duration operationDeadline) {
        return new TcpRanks(worldSize, operationDeadline);
    }

    /** What runs on a rank's thread. */
    @FunctionalInterface
    public interface Body<T> {
        T run(Rank rank) throws Exception;
    }

    /** How a rank ended: with a value or with what it threw. */
    public record Outcome<T>(List<T> value, List<Throwable> failures) {
        public T get() {
            if (!failures.isEmpty()) {
                throw new AssertionError("the rank failed", failures.get(0));
            }
            return value.get(0);
        }

        public Throwable failure() {
            if (failures.isEmpty()) {
                throw new AssertionError("the rank did not fail, but returned " + value);
            }
            return failures.get(0);
        }
    }

    /** One rank, with the means of its thread. */
    public record Rank(int rank, CpuDevice device, Communicator communicator) {
        DeviceView floats(float... values) {
            DeviceView view = empty(values.length);
            device.upload(values, 0, view);
            return view;
        }

        DeviceView empty(int floats) {
            return device.allocate(Math.max(1, 4L * floats)).view(0, 4L * floats);
        }

        float[] read(DeviceView view) {
            float[] values = new float[(int) (view.length() / 4)];
            device.download(view, values, 0);
            return values;
        }
    }

    CommunicatorId id() {
        return id;
    }

    CpuDevice device(int rank) {
        return devices.get(rank);
    }

    TcpCollectiveBackend backend(int rank) {
        return backends.get(rank);
    }

    /** The true addresses, in the order of the ranks. */
    public List<InetSocketAddress> addresses() {
        return backends.stream().map(TcpCollectiveBackend::localAddress).toList();
    }

    GroupSpec group(int rank, CommunicatorId groupId, Duration connectDeadline) {
        return new GroupSpec("1.1", groupId, rank, addresses(), connectDeadline);
    }

    Communicator create(int rank, Duration connectDeadline) {
        return backend(rank).create(group(rank, id, connectDeadline));
    }

    /** Connects all ranks and runs the body on each; fails when one fails. */
    public <T> List<T> run(Body<T> body) throws InterruptedException {
        return outcomes(body).stream().map(Outcome::get).toList();
    }

    /** The same, where ranks are expected to fail. No communicator closes by itself before all are through. */
    <T> List<Outcome<T>> outcomes(Body<T> body) throws InterruptedException {
        List<List<InetSocketAddress>> views =
                IntStream.range(0, worldSize).mapToObj(rank -> addresses()).toList();
        return outcomes(views, body);
    }

    /** The same with other addresses: {@code views.get(r)} are those that rank r is told. */
    public <T> List<Outcome<T>> outcomes(List<List<InetSocketAddress>> views, Body<T> body)
            throws InterruptedException {
        List<Communicator> communicators = new ArrayList<>();
        List<Future<T>> running = new ArrayList<>();
        for (int rank = 0; rank < worldSize; rank++) {
            GroupSpec group = new GroupSpec("1.1", id, rank, views.get(rank), CONNECT_DEADLINE);
            Communicator communicator = backends.get(rank).create(group);
            Rank seat = new Rank(rank, devices.get(rank), communicator);
            communicators.add(communicator);
            running.add(threads.submit(() -> {
                communicator.connect();
                return body.run(seat);
            }));
        }
        List<Outcome<T>> outcomes = new ArrayList<>();
        for (Future<T> future : running) {
            outcomes.add(outcome(future));
        }
        communicators.forEach(Communicator::close);
        return outcomes;
    }

    <T> Future<T> submit(Callable<T> task) {
        return threads.submit(task);
    }

    static <T> Outcome<T> outcome(Future<T> future) throws InterruptedException {
        try {
            return new Outcome<>(List.of(future.get(60, TimeUnit.SECONDS)), List.of());
        } catch (ExecutionException e) {
            return new Outcome<>(List.of(), List.of(e.getCause()));
        } catch (TimeoutException e) {
            throw new AssertionError("a rank hangs", e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        backends.forEach(TcpCollectiveBackend::close);
        devices.forEach(CpuDevice::close);
    }
}
