package io.coxswain.coordinator.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.OnLoss;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepServiceGrpc;
import io.coxswain.v1.StepUp;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A coordinator of two ranks on its TCP port and its Unix socket, and raw streams of this test to both. */
final class ServerWorld implements AutoCloseable {

    static final String JOB = "job";
    static final TermId TERM = new TermId(1, 0xc0ffee);
    static final int MAX_TOKENS = 1024;
    static final int WORLD_SIZE = 2;

    private static final long PATIENCE_SECONDS = 20;
    private static final long LONG_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final CoordinatorServer server;
    private final String address;
    private final Path socket;
    private final EventLoopGroup group;
    private final ManagedChannel tcp;
    private final ManagedChannel unix;

    private ServerWorld(CoordinatorServer server, String address, Path socket) {
        this.server = server;
        this.address = address;
        this.socket = socket;
        this.group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        this.tcp = NettyChannelBuilder.forTarget(address)
                .directExecutor()
                .usePlaintext()
                .build();
        this.unix = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(group)
                .directExecutor()
                .overrideAuthority("coxswain")
                .usePlaintext()
                .build();
    }

    static ServerWorld start(Path directory) throws IOException {
        return start(directory, config());
    }

    /** The same with a job that goes on when a rank is lost. */
    static ServerWorld startShrinking(Path directory) throws IOException {
        GroupConfig config = config();
        var limits = new GroupConfig.RestartLimits(1, LONG_NANOS, 3);
        return start(
                directory,
                new GroupConfig(
                        JOB,
                        WORLD_SIZE,
                        config.timeouts(),
                        new GroupConfig.Resilience(OnLoss.SHRINK, 1, GroupConfig.Coordinators.SINGLE, limits)));
    }

    private static ServerWorld start(Path directory, GroupConfig config) throws IOException {
        Path socket = directory.resolve("steps.sock");
        var server = new CoordinatorServer(new CoordinatorServer.Address("127.0.0.1", 0, "127.0.0.1", socket));
        return new ServerWorld(server, server.start(config, TERM, listener()), socket);
    }

    /** The tests look at what workers and people are told. */
    static EngineListener listener() {
        return new EngineListener() {
            @Override
            public void onTransition(Effect.Transitioned transition) {
                // Workers and people are told as well.
            }

            @Override
            public void onDefect(RuntimeException defect) {
                throw defect;
            }
        };
    }

    /** Deadlines and heartbeats so rare that no test meets one, and a short grace. */
    static GroupConfig config() {
        return new GroupConfig(
                JOB,
                WORLD_SIZE,
                new GroupConfig.Timeouts(
                        LONG_NANOS,
                        LONG_NANOS,
                        LONG_NANOS,
                        LONG_NANOS,
                        LONG_NANOS,
                        LONG_NANOS,
                        GRACE_NANOS,
                        LONG_NANOS,
                        LONG_NANOS),
                GroupConfig.Resilience.failing(WORLD_SIZE));
    }

    /** HOST:PORT. */
    String address() {
        return address;
    }

    Path socket() {
        return socket;
    }

    Channel tcp() {
        return tcp;
    }

    RawStream<ControlUp, ControlDown> control() {
        var stream = new RawStream<ControlUp, ControlDown>();
        return stream.over(ControlServiceGrpc.newStub(tcp).control(stream));
    }

    /** A step stream whose answers stay the bytes that came. */
    RawStream<StepUp, byte[]> step(Channel channel) {
        var stream = new RawStream<StepUp, byte[]>();
        MethodDescriptor<StepUp, byte[]> method = StepServiceGrpc.getStepMethod().toBuilder(
                        StepServiceGrpc.getStepMethod().getRequestMarshaller(), new Bytes())
                .build();
        return stream.over(ClientCalls.asyncBidiStreamingCall(channel.newCall(method, CallOptions.DEFAULT), stream));
    }

    RawStream<StepUp, StepDown> rehearsal() {
        var stream = new RawStream<StepUp, StepDown>();
        return stream.over(StepServiceGrpc.newStub(tcp).rehearse(stream));
    }

    GetStatusResponse status() {
        return StatusServiceGrpc.newBlockingStub(tcp)
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .getStatus(GetStatusRequest.getDefaultInstance());
    }

    /** Both control streams, up to the membership of the first epoch. */
    List<RawStream<ControlUp, ControlDown>> joined() throws InterruptedException {
        List<RawStream<ControlUp, ControlDown>> controls = new ArrayList<>();
        for (int place = 0; place < WORLD_SIZE; place++) {
            RawStream<ControlUp, ControlDown> control = control().send(Messages.hello(place));
            control.next(); // the welcome
            controls.add(control);
        }
        return controls;
    }

    /**
     * Both ranks of a running epoch, their step streams open: rank 0's on the Unix socket, rank 1's on TCP.
     *
     * @param controls control streams by rank
     * @param steps step streams by rank
     */
    record Ranks(List<RawStream<ControlUp, ControlDown>> controls, List<RawStream<StepUp, byte[]>> steps, Epoch epoch) {

        void report(int rank, long step, int tokens) {
            steps.get(rank).send(Messages.report(epoch, step, tokens));
        }

        /** What comes next on a rank's step stream. */
        StepDown answer(int rank) throws InterruptedException, InvalidProtocolBufferException {
            return StepDown.parseFrom(steps.get(rank).next());
        }
    }

    Ranks running() throws InterruptedException {
        List<RawStream<ControlUp, ControlDown>> controls = joined();
        Epoch epoch = Epoch.getDefaultInstance();
        for (RawStream<ControlUp, ControlDown> control : controls) {
            epoch = control.next().getMembership().getEpoch();
            control.send(Messages.prepared(epoch));
        }
        List<RawStream<StepUp, byte[]>> steps = new ArrayList<>();
        for (int place = 0; place < WORLD_SIZE; place++) {
            controls.get(place).next(); // the start
            steps.add(step(place == 0 ? unix : tcp).send(Messages.open(place, epoch)));
        }
        return new Ranks(controls, steps, epoch);
    }

    @Override
    public void close() throws InterruptedException {
        tcp.shutdownNow().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        unix.shutdownNow().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        server.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }
}
