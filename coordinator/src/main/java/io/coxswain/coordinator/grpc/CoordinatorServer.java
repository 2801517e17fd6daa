package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.replica.LeaderLine;
import io.coxswain.coordinator.replica.Office;
import io.coxswain.types.HostName;
import io.coxswain.v1.Leader;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The coordinator on its sockets: one event loop serves a TCP port and a Unix socket, and runs the engine while it leads.
 * Thread-safe; {@link #start} or {@link #bind(GroupConfig)} is called once.
 */
public final class CoordinatorServer implements AutoCloseable {

    /** A window larger than any message of ours, so that no update of it travels beside the steps. */
    private static final int FLOW_CONTROL_WINDOW_BYTES = 4 << 20;

    private static final int MAX_MESSAGE_BYTES = 4 << 20;
    private static final long START_TIMEOUT_SECONDS = 10;
    private static final long STOP_TIMEOUT_MILLIS = 500;

    private final Address address;
    private final EventLoop loop = new EventLoop();
    private final Probes probes = new Probes();
    private final List<Server> servers = new CopyOnWriteArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final HealthLine line = new HealthLine(loop);
    private volatile @Nullable Helm helm;

    /**
     * Where a coordinator serves.
     *
     * @param bind host to listen on
     * @param port port to listen on; 0 for any that is free
     * @param advertisedHost host that others use
     * @param socketPath where the Unix socket goes
     */
    public record Address(String bind, int port, String advertisedHost, Path socketPath) {}

    /** A server that is not started yet. */
    public CoordinatorServer(Address address) {
        this.address = address;
    }

    /**
     * Binds and leads, as the only coordinator of its job.
     *
     * @param listener hears of the group's states, on the event loop
     * @return host:port that others use
     * @throws IOException if an address cannot be bound; nothing is left open then
     */
    public String start(GroupConfig config, TermId term, EngineListener listener) throws IOException {
        String advertised = bind(config);
        Office office = office();
        try {
            loop.submit(() -> office.lead(Engine.Reign.first(config, term), listener))
                    .get(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return advertised;
        } catch (ExecutionException | TimeoutException failed) {
            close();
            throw new IOException("the event loop did not start the engine", failed);
        } catch (InterruptedException interrupted) {
            close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting", interrupted);
        }
    }

    /**
     * Binds and stands by, until its {@link #office} is told to lead.
     *
     * @return host:port that others use
     * @throws IOException if an address cannot be bound; nothing is left open then
     */
    public String bind(GroupConfig config) throws IOException {
        try {
            return bindAll(config);
        } catch (IOException | RuntimeException failed) {
            close();
            throw failed;
        }
    }

    /** What leads and stands by, once it is bound. Owned by {@link #loop}. */
    public Office office() {
        return Objects.requireNonNull(helm, "it is not bound yet");
    }

    /** The one thread of the coordinator. */
    public Scheduler loop() {
        return loop;
    }

    /** Connections to other replicas. Owned by {@link #loop}. */
    public LeaderLine line() {
        return line;
    }

    private String bindAll(GroupConfig config) throws IOException {
        String socket = loop.hasUnixSockets() ? address.socketPath().toString() : "";
        var encoder = new StepEncoder();
        var steering = new Helm(new Helm.Setup(socket, encoder, loop, probes));
        helm = steering;
        var standby = new StandbyStatus(config.job(), config.worldSize(), System::nanoTime);
        var status = new StatusQueries(steering, standby);
        List<ServerServiceDefinition> services = List.of(
                new StepStreams(steering, encoder).definition(),
                new ControlStreams(steering, config.job()).bindService(),
                status.bindService());
        Server tcp = bind(new InetSocketAddress(address.bind(), address.port()), services);
        if (!socket.isEmpty()) {
            bind(new DomainSocketAddress(address.socketPath().toFile()), services);
        }
        String advertised = address.advertisedHost() + ":" + tcp.getPort();
        status.announce(Leader.newBuilder()
                .setHost(HostName.ofThisMachine())
                .setPid((int) ProcessHandle.current().pid())
                .setAddress(advertised)
                .build());
        return advertised;
    }

    private Server bind(SocketAddress where, List<ServerServiceDefinition> services) throws IOException {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(where)
                .bossEventLoopGroup(loop.group())
                .workerEventLoopGroup(loop.group())
                .directExecutor()
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .addServices(services)
                .addService(probes.service())
                .addService(ProtoReflectionServiceV1.newInstance());
        if (where instanceof DomainSocketAddress) {
            builder.channelType(EpollServerDomainSocketChannel.class);
        } else {
            builder.channelType(loop.tcpChannel()).withChildOption(ChannelOption.TCP_NODELAY, true);
        }
        Server server = builder.build().start();
        servers.add(server);
        return server;
    }

    /** Closes all streams and sockets; waits for them no longer than half a second. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        line.close();
        probes.close();
        for (Server server : servers) {
            server.shutdownNow();
        }
        try {
            for (Server server : servers) {
                server.awaitTermination(STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
            }
            Files.deleteIfExists(address.socketPath());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IOException notRemoved) {
            LoggerFactory.getLogger(CoordinatorServer.class)
                    .warn("{} was not removed: {}", address.socketPath(), notRemoved.toString());
        }
        loop.close();
    }
}
