package io.coxswain.worker.step;

import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepServiceGrpc;
import io.coxswain.v1.StepUp;
import io.grpc.Attributes;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** A coordinator that says what a test tells it to, on a real server; its scripts run on the server's thread. */
public final class ScriptedCoordinator implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final BlockingQueue<StepUp> stepUps = new LinkedBlockingQueue<>();
    private final BlockingQueue<ControlUp> controlUps = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final HealthStatusManager health = new HealthStatusManager();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final BiConsumer<StepUp, StreamObserver<StepDown>> stepScript;
    private final BiConsumer<ControlUp, StreamObserver<ControlDown>> controlScript;
    private final Server server;
    private volatile boolean leads = true;

    private ScriptedCoordinator(
            SocketAddress address,
            BiConsumer<StepUp, StreamObserver<StepDown>> stepScript,
            BiConsumer<ControlUp, StreamObserver<ControlDown>> controlScript)
            throws IOException {
        this.stepScript = stepScript;
        this.controlScript = controlScript;
        server = NettyServerBuilder.forAddress(address)
                .channelType(
                        address instanceof DomainSocketAddress
                                ? EpollServerDomainSocketChannel.class
                                : EpollServerSocketChannel.class)
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .directExecutor()
                .addTransportFilter(new ServerTransportFilter() {
                    @Override
                    public Attributes transportReady(Attributes transport) {
                        connections.incrementAndGet();
                        return transport;
                    }
                })
                .addService(stepService())
                .addService(controlService())
                .addService(health.getHealthService())
                .build()
                .start();
    }

    static ScriptedCoordinator ofSteps(SocketAddress address, BiConsumer<StepUp, StreamObserver<StepDown>> script)
            throws IOException {
        return new ScriptedCoordinator(address, script, (up, down) -> {});
    }

    static ScriptedCoordinator ofControl(int port, BiConsumer<ControlUp, StreamObserver<ControlDown>> script)
            throws IOException {
        return new ScriptedCoordinator(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (up, down) -> {}, script);
    }

    /** One that serves both on a free port, each stream of a kind by the same script. */
    public static ScriptedCoordinator of(
            BiConsumer<StepUp, StreamObserver<StepDown>> stepScript,
            BiConsumer<ControlUp, StreamObserver<ControlDown>> controlScript)
            throws IOException {
        return new ScriptedCoordinator(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), stepScript, controlScript);
    }

    public int port() {
        return server.getPort();
    }

    /** Says that it leads, which is also what it says from the start. */
    void lead() {
        leads = true;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    }

    /** Says that another leads. */
    ScriptedCoordinator standBy() {
        leads = false;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        return this;
    }

    boolean leads() {
        return leads;
    }

    /** How many there were so far. */
    public int connections() {
        return connections.get();
    }

    /** The next message of the step streams. */
    public StepUp nextStepUp() throws InterruptedException {
        return next(stepUps);
    }

    /** The next message of the control streams that is of a kind; others before it are skipped. */
    public ControlUp nextControlUp(ControlUp.BodyCase kind) throws InterruptedException {
        ControlUp up = next(controlUps);
        while (up.getBodyCase() != kind) {
            up = next(controlUps);
        }
        return up;
    }

    /** Whether a control stream brought something within a moment that was not asked for yet. */
    boolean hearsMoreOnControl() throws InterruptedException {
        ControlUp up = controlUps.poll(200, TimeUnit.MILLISECONDS);
        return up != null;
    }

    @Override
    public void close() throws InterruptedException {
        server.shutdownNow();
        server.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T message = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("no message within " + PATIENCE_SECONDS + " s");
        }
        return message;
    }

    private BindableService stepService() {
        return new StepServiceGrpc.StepServiceImplBase() {
            @Override
            public StreamObserver<StepUp> step(StreamObserver<StepDown> down) {
                return script(stepUps, stepScript, down);
            }

            @Override
            public StreamObserver<StepUp> rehearse(StreamObserver<StepDown> down) {
                return script(stepUps, stepScript, down);
            }
        };
    }

    private BindableService controlService() {
        return new ControlServiceGrpc.ControlServiceImplBase() {
            @Override
            public StreamObserver<ControlUp> control(StreamObserver<ControlDown> down) {
                return script(controlUps, controlScript, down);
            }
        };
    }

    private static <U, D> StreamObserver<U> script(
            BlockingQueue<U> log, BiConsumer<U, StreamObserver<D>> script, StreamObserver<D> down) {
        return new StreamObserver<>() {
            @Override
            public void onNext(U up) {
                log.add(up);
                script.accept(up, down);
            }

            @Override
            public void onError(Throwable cause) {
                // The client has cut the stream; there is nobody to answer.
            }

            @Override
            public void onCompleted() {
                down.onCompleted();
            }
        };
    }
}
